//! The five services put together: one of them as a process, all of them in one, the story that
//! shows what they do, and the operator's commands.

pub mod cli;
pub mod client;
pub mod demo;
pub mod doctor;
pub mod evidence;
pub mod export;
pub mod history;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod serve;
pub mod setup;
pub mod suite;
pub mod table;
pub mod timeline;
pub mod timers;
pub mod token;
pub mod up;
