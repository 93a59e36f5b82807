//! `tenure up` as people start it: what it prints works when it is pasted, it stops when it is told to,
//! and starts again with its data.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use testkit::Backend;

use super::harness::binary::tenure;
use super::harness::fleet::send_signal;
use super::harness::patience::eventually;
use super::harness::place::Place;
use super::harness::ports;
use super::harness::process::end_of;

/// The last line of what it prints at its start.
const LAST_LINE: &str = "README.md goes on from here.";
/// Where the printed line asks for a name.
const BLANK: &str = "partners/…";

/// A suite that runs, and what it printed.
#[derive(Debug)]
struct Up {
    child: Child,
    printed: PathBuf,
}

impl Up {
    async fn start(place: &Place, port: u16, run: &str) -> Self {
        let printed = place.folder().join(format!("{run}.txt"));
        let child = tenure()
            .args(["up", "--listen", &format!("127.0.0.1:{port}"), "--downloads", "127.0.0.1:0"])
            .arg("--data")
            .arg(place.folder().join("data"))
            .stdin(Stdio::null())
            .stdout(File::create(&printed).unwrap())
            .stderr(File::create(place.folder().join(format!("{run}.log"))).unwrap())
            .spawn()
            .unwrap();
        let up = Self { child, printed };
        eventually("what up prints", || async {
            let said = up.said();
            if said.contains(LAST_LINE) { Ok(()) } else { Err(said) }
        })
        .await;
        up
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.printed).unwrap()
    }

    /// Returns the lines to paste, as they were printed.
    fn lines_to_paste(&self) -> String {
        let said = self.said();
        let lines = said.lines().filter(|line| line.starts_with("  "));
        lines.collect::<Vec<_>>().join("\n")
    }

    async fn stop(mut self) {
        send_signal(&self.child, "TERM");
        let ended = end_of(&mut self.child).await;
        assert!(ended.success(), "{ended}");
        assert!(self.said().ends_with("stopping\nstopped\n"), "{}", self.said());
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn what_up_prints_works_when_it_is_pasted() {
    let place = Place::fresh(Backend::Sqlite);
    let port = ports::free();
    let up = Up::start(&place, port, "first").await;
    let lines = up.lines_to_paste();
    let (until_partner, token) = lines.rsplit_once('\n').unwrap();
    let said = paste(until_partner);
    for text in ["tenure.order.v1.OrderService", "revision 1: ", "\"displayName\": \"Northwind\""] {
        assert!(said.contains(text), "{text} is not in: {said}");
    }
    let (_, name) = said.split_once("\"name\": \"partners/").unwrap();
    let name = format!("partners/{}", name.split('"').next().unwrap());
    assert!(token.contains(BLANK), "{token}");
    let agent = paste(&token.replace(BLANK, &name));
    let customers = "tenure.order.v1.CustomerService/ListCustomers";
    paste(&grpcurl(port, agent.trim(), customers));
    up.stop().await;

    let again = Up::start(&place, port, "second").await;
    // What was there is there, and the old token opens it.
    let products = "tenure.catalog.v1.CatalogService/ListProducts";
    let listed = paste(&grpcurl(port, agent.trim(), products));
    assert!(listed.contains("products/windows-server"), "{listed}");
    paste(&grpcurl(port, agent.trim(), customers));
    let data = place.folder().join("data");
    let doctor = tenure()
        .args(["doctor", "--address", &format!("127.0.0.1:{port}"), "--up"])
        .arg(&data)
        .output()
        .unwrap();
    let said = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.status.success() && said.ends_with("All is well.\n"), "{said}");
    again.stop().await;
}

/// Two at once on one folder or one address would harm each other: the second says why it cannot.
#[tokio::test]
async fn a_second_up_on_the_same_place_says_so() {
    let place = Place::fresh(Backend::Sqlite);
    let (port, other) = (ports::free(), ports::free());
    let up = Up::start(&place, port, "first").await;
    let taken = format!("cannot listen on 127.0.0.1:{port}");
    for (port, data, expected) in
        [(port, "other", &*taken), (other, "data", "is in use by another `tenure up`")]
    {
        let second = tenure()
            .args(["up", "--listen", &format!("127.0.0.1:{port}"), "--downloads", "127.0.0.1:0"])
            .arg("--data")
            .arg(place.folder().join(data))
            .output()
            .unwrap();
        let said = String::from_utf8(second.stderr).unwrap();
        assert_eq!(second.status.code(), Some(1), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    up.stop().await;
}

fn grpcurl(port: u16, token: &str, method: &str) -> String {
    format!("grpcurl -plaintext -H 'authorization: Bearer {token}' 127.0.0.1:{port} {method}")
}

/// Runs lines as a terminal would, in the root of the repository, and returns what they print.
fn paste(lines: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let run = Command::new("bash")
        .args(["-eu", "-o", "pipefail", "-c", lines])
        .current_dir(root)
        .output()
        .expect("bash");
    let (said, complained) = (run.stdout, String::from_utf8(run.stderr).unwrap());
    assert!(run.status.success(), "{lines}\n{complained}");
    String::from_utf8(said).unwrap()
}
