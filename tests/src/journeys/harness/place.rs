//! Where the databases and files of one journey are; gone after it.

use std::path::{Path, PathBuf};

use tenure::suite::Databases;
use testkit::Backend;
use vocab::IdGen;

use super::fleet::Service;
use super::server::Server;

/// A folder of its own and, on PostgreSQL, schemas of its own.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    databases: Databases,
    /// Whether the database goes with its server, whose it is.
    is_lent: bool,
}

impl Place {
    pub fn fresh(backend: Backend) -> Self {
        let (name, folder) = Self::folder_of_its_own();
        let databases = match backend {
            Backend::Sqlite => Databases::Folder(folder.clone()),
            Backend::Postgres => {
                Databases::Postgres { url: testkit::postgres_url(), prefix: format!("{name}_") }
            }
        };
        Self { folder, databases, is_lent: false }
    }

    /// A place on a server of the journey's own.
    pub fn on(server: &Server) -> Self {
        let (_, folder) = Self::folder_of_its_own();
        let databases = Databases::Postgres { url: server.url(), prefix: String::new() };
        Self { folder, databases, is_lent: true }
    }

    fn folder_of_its_own() -> (String, PathBuf) {
        let name = format!("journey_{}", IdGen::random().uuid().simple());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir(&folder).expect("a folder for the journey");
        (name, folder)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn databases(&self) -> Databases {
        self.databases.clone()
    }

    /// Writes a file into the folder and returns its path as configurations hold it.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("a file of the journey");
        path.display().to_string()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays behind in the folder for temporary files harms nobody.
        drop(std::fs::remove_dir_all(&self.folder));
        if let (Databases::Postgres { prefix, .. }, false) = (&self.databases, self.is_lent) {
            for service in Service::ALL {
                let name = service.name().replace('-', "_");
                testkit::drop_schema(format!("{prefix}{name}"));
            }
        }
    }
}
