//! How one key set differs from another, and what is wrong with one.

pub use self::diff::{changes, is_of_set, recall, tell_returned};
pub use self::name::RememberedKeys;
pub use self::reason::leaves_none;
pub use self::remembered::asked;
pub use self::strength::size;

pub mod about;
mod diff;
pub mod finding;
mod identity;
mod metadata;
mod name;
mod reason;
mod remembered;
mod replaced;
mod strength;
#[cfg(test)]
mod tests;
