//! Setup shared by the tests of several parts of the daemon.

use tempfile::TempDir;

use crate::config::Config;
use crate::store::Store;

/// A configuration with one document of provider `a`, and its store.
pub(super) fn configured() -> (TempDir, Config, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = "[mail]\nto = [\"a@example.com\"]\n[[provider]]\nname = \"a\"\n\
                issuer = \"https://a.example\"\ndocuments = [\"openid-configuration\"]\n";
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let store = Store::open(&config.store).unwrap();
    (folder, config, store)
}
