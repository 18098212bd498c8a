//! structured texts: URL, path, host, address, email; text in, structure or unknown out
