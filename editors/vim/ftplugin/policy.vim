" `gq` formats, `:make` checks and fills the quickfix list.
setlocal commentstring=//\ %s shiftwidth=2 expandtab
setlocal formatprg=policyc\ fmt\ -
setlocal makeprg=policyc\ check\ --format\ plain
setlocal errorformat=%f:%l:%c:\ %trror[%*[^]]]\ %m,%f:%l:%c:\ %tarning[%*[^]]]\ %m
