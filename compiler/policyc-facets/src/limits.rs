//! How much of a text each reader takes. What is longer is unknown, never cut.

/// Bytes of any text.
pub const MAX_TEXT: usize = 64 * 1024;
/// Bytes of a host as it is written, before it is normalised.
pub const MAX_HOST_TEXT: usize = 1024;
/// Bytes of a normalised host name.
pub const MAX_NAME: usize = 253;
/// Bytes of one label of a host name.
pub const MAX_LABEL: usize = 63;
/// Bytes of an e-mail address.
pub const MAX_EMAIL: usize = 254;
/// Bytes of the local part of an e-mail address.
pub const MAX_LOCAL: usize = 64;
/// Bytes of a path, as it is written and once it is joined to its directory.
pub const MAX_PATH: usize = 16 * 1024;
/// Components of a path, the directory's included.
pub const MAX_COMPONENTS: usize = 1024;
