//! Ways to make us fetch from inside the network, or to send the token to a stranger (quality goal S4). None works: not
//! as the URL that Meta's answer holds, and not as the place that a redirect names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use graph::{Client, Kind, Timeouts};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpListener;

use crate::server::{Reply, Server, http, token};

const META: &str = "https://graph.facebook.com";

/// Refused by how it is written; nothing is resolved and nothing is connected to.
#[rustfmt::skip]
const WRITTEN: &[&str] = &[
    // Other schemes.
    "http://lookaside.fbsbx.com/x", "ftp://lookaside.fbsbx.com/x", "file:///etc/passwd", "file://lookaside.fbsbx.com/x",
    "gopher://lookaside.fbsbx.com/x", "ws://lookaside.fbsbx.com/x", "wss://lookaside.fbsbx.com/x", "data:text/plain,x",
    "javascript:alert(1)", "blob:https://lookaside.fbsbx.com/x", "unix:/run/x", "about:blank",
    // Other ports.
    "https://lookaside.fbsbx.com:80/x", "https://lookaside.fbsbx.com:22/x", "https://lookaside.fbsbx.com:8443/x",
    "https://graph.facebook.com:65535/x",
    // Users.
    "https://lookaside.fbsbx.com@evil.org/x", "https://lookaside.fbsbx.com:443@evil.org/x", "https://a:b@lookaside.fbsbx.com/x",
    "https://lookaside.fbsbx.com%40evil.org@10.0.0.1/x", "https://evil.org%2f@lookaside.fbsbx.com/x",
    // IPv4 in every spelling there is.
    "https://127.0.0.1/x", "https://127.1/x", "https://127.0.1/x", "https://2130706433/x", "https://017700000001/x",
    "https://0177.0.0.1/x", "https://0177.1/x", "https://0x7f000001/x", "https://0x7f.0.0.1/x", "https://0X7F.1/x",
    "https://127.0.0.1./x", "https://0/x", "https://0.0.0.0/x", "https://10.0.0.1/x", "https://167772161/x",
    "https://012.0.0.1/x", "https://172.16.0.1/x", "https://192.168.0.1/x", "https://192.168.257/x", "https://100.64.0.1/x",
    "https://169.254.169.254/latest/meta-data", "https://2852039166/latest/meta-data", "https://0xa9fea9fe/x",
    "https://0251.0376.0251.0376/x", "https://169.254.43518/x", "https://224.0.0.1/x", "https://255.255.255.255/x",
    "https://157.240.0.1/x",
    // The same with other digits and dots.
    "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/x", "https://127\u{3002}0\u{3002}0\u{3002}1/x", "https://127\u{ff0e}0\u{ff0e}0\u{ff0e}1/x",
    "https://127\u{ff61}0.0.1/x", "https://\u{2460}\u{2461}\u{2466}.0.0.1/x", "https://%31%32%37.0.0.1/x",
    "https://127.0.0.1%2e/x", "https://1\u{ad}27.0.0.1/x", "https://\u{200b}127.0.0.1/x",
    // IPv6.
    "https://[::]/x", "https://[::1]/x", "https://[0:0:0:0:0:0:0:1]/x", "https://[::127.0.0.1]/x", "https://[::ffff:127.0.0.1]/x",
    "https://[::ffff:7f00:1]/x", "https://[::ffff:a9fe:a9fe]/x", "https://[64:ff9b::7f00:1]/x", "https://[64:ff9b:1::a00:1]/x",
    "https://[2002:7f00:1::]/x", "https://[2001::1]/x", "https://[fc00::1]/x", "https://[fd00:ec2::254]/x", "https://[fe80::1]/x",
    "https://[fe80::1%25eth0]/x", "https://[ff02::1]/x", "https://[2a03:2880:f003::1]/x",
    // Names that are inside, or none.
    "https://localhost/x", "https://LOCALHOST/x", "https://localhost./x", "https://a.localhost/x", "https://printer/x",
    "https://printer.local/x", "https://metadata.google.internal/x", "https://kubernetes.default.svc.cluster.local/x",
    "https://router.lan/x", "https://nas.home.arpa/x", "https://git.corp/x", "https://db.intranet/x", "https://x.onion/x",
    "https://instance-data.ec2.internal/x", "https://\u{24db}ocalhost/x", "https://localhost\u{3002}/x",
    // Final dots, and empty labels.
    "https://lookaside.fbsbx.com./x", "https://lookaside.fbsbx.com../x", "https://.fbsbx.com/x", "https://lookaside\u{2024}fbsbx.com/x", "https://a..fbsbx.com/x",
    "https://", "//", "",
];

/// Written like anybody's public host; their names lead inside, and none of them is Meta's.
#[rustfmt::skip]
const FOREIGN: &[&str] = &[
    "https://evil.org/x", "https:///evil.org/../", "https://evilfbsbx.com/x", "https://fbsbx.com.evil.org/x", "https://lookaside.fbsbx.com.evil.org/x",
    "https://lookaside-fbsbx.com/x", "https://fbsbx.com-evil.org/x", "https://fbsbx.co/x", "https://fbsbx.com.de/x",
    "https://evil.org/https://lookaside.fbsbx.com/", "https://evil.org?lookaside.fbsbx.com", "https://evil.org#lookaside.fbsbx.com",
    "https://evil.org\\@lookaside.fbsbx.com/x", "https://evil.org/@lookaside.fbsbx.com", "https:\\\\evil.org\\lookaside.fbsbx.com",
    "https:evil.org/x", "https:/evil.org/x", "https:////evil.org/x", "\thttps://evil.org/x", "hTTps://EVIL.org/x", "https://ev\nil.org/x",
    "https://lookaside.fbsb\u{445}.com/x", "https://xn--fbsb-86d.com/x",
    "https://127.0.0.1.nip.io/x", "https://localtest.me/x", "https://0x7f.1.evil.org/x", "https://www.\u{ff45}vil.org/x",
    "https://facebook.com.evil.org/x", "https://notfacebook.com/x", "https://fbcdn.net.evil.org/x", "https://graph\u{3002}evil\u{3002}org/x",
];

/// Meta's own names, of which somebody's resolver says that they are inside.
const META_NAMES: &[&str] = &[
    "https://lookaside.fbsbx.com/x",
    "https://LOOKASIDE.fbsbx.com:443/x",
    "https://graph.facebook.com/x",
    "https://lookaside.fbsbx.com#@evil.org@x.org",
];

/// What a name may be said to lead to.
#[rustfmt::skip]
const INSIDE: &[&str] = &[
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "192.0.0.1",
    "192.168.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1",
];

/// A stranger who notes whatever is sent to him, and a resolver by which every name is his.
struct Stranger {
    address: SocketAddr,
    met: Arc<AtomicUsize>,
}

impl Stranger {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, met) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&met);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, met }
    }

    fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }
}

/// Every name has these addresses, and it counts how often it was asked.
#[derive(Clone)]
struct Names {
    addresses: Vec<SocketAddr>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn all_at(address: SocketAddr) -> Self {
        Self { addresses: vec![address], asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

fn client(base: &str, names: &Names) -> Client {
    let quick = Duration::from_millis(500);
    let timeouts = Timeouts { connect: quick, call: quick, silence: quick };
    Client::with_names(base, "v24.0", timeouts, Arc::new(names.clone())).unwrap()
}

fn redirect(to: &str) -> Option<Reply> {
    // What no header can carry, no redirect can name.
    let writable = to.chars().all(|letter| !letter.is_control());
    writable.then(|| Reply::Bytes(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")))
}

#[tokio::test]
async fn no_url_of_an_answer_leads_inside() {
    let stranger = Stranger::start().await;
    let mut tried = 0;
    for base in [META, "http://127.0.0.1:9"] {
        let names = Names::all_at(stranger.address);
        let client = client(base, &names);
        for url in WRITTEN {
            let error = client.download(&token(), url).await.err().unwrap_or_else(|| panic!("{url}"));
            assert_eq!(error.kind(), Kind::Invalid, "{url}: {error:?}");
            // As the file that a caller wants sent.
            let error = client.fetch(url).await.err().unwrap_or_else(|| panic!("{url}"));
            assert_eq!(error.kind(), Kind::Invalid, "{url}: {error:?}");
            assert_eq!(names.asked(), 0, "{url}");
            tried += 1;
        }
        for url in FOREIGN.iter().chain(META_NAMES) {
            let before = names.asked();
            let error = client.download(&token(), url).await.err().unwrap_or_else(|| panic!("{url}"));
            assert_eq!(error.kind(), Kind::NotSent, "{url}: {error:?}");
            assert!(format!("{error:?}").contains("NoPublicAddress"), "{url}: {error:?}");
            assert_eq!(names.asked(), before + 1, "{url}");
            let error = client.fetch(url).await.err().unwrap_or_else(|| panic!("{url}"));
            assert!(format!("{error:?}").contains("NoPublicAddress"), "{url}: {error:?}");
            tried += 1;
        }
    }
    assert!(tried >= 2 * 60, "{tried}");
    assert_eq!(stranger.met(), 0);
}

/// The base is on loopback, and gets the token itself; nothing it redirects to does.
#[tokio::test]
async fn no_redirect_leads_inside() {
    let stranger = Stranger::start().await;
    let names = Names::all_at(stranger.address);
    let plain = [format!("http://{}/x", stranger.address), format!("https://{}/x", stranger.address)];
    let plain = plain.iter().map(String::as_str).chain([
        r"\\10.0.0.1\x",
        "//169.254.169.254/x",
        r"\/localhost/x",
        "//evil.org",
    ]);
    let mut tried = 0;
    for place in WRITTEN.iter().chain(FOREIGN).chain(META_NAMES).copied().chain(plain) {
        let Some(redirect) = redirect(place) else { continue };
        let server = Server::start(vec![redirect.clone(), redirect]).await;
        let own = format!("{}/file", server.url);
        // What a base makes of a relative place is a place of its own.
        let joined = url::Url::parse(&own).unwrap().join(place);
        if joined.as_ref().is_ok_and(|url| url.as_str().starts_with(&server.url)) {
            continue;
        }
        let client = client(&server.url, &names);
        let error = client.download(&token(), &own).await.err().unwrap_or_else(|| panic!("{place}"));
        assert!(matches!(error.kind(), Kind::Invalid | Kind::NotSent | Kind::Unreadable), "{place}: {error:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 1, "{place}");
        assert!(requests[0].contains("authorization: Bearer EAA-secret"), "the own origin sees it");
        let error = client.fetch(&own).await.err().unwrap_or_else(|| panic!("{place}"));
        assert!(matches!(error.kind(), Kind::Invalid | Kind::NotSent | Kind::Unreadable), "{place}: {error:?}");
        assert!(!server.requests()[1].contains("EAA-secret") && server.requests().len() == 2, "{place}");
        tried += 1;
    }
    assert!(tried >= 60, "{tried}");
    assert_eq!(stranger.met(), 0);
}

#[tokio::test]
async fn no_name_leads_inside() {
    for address in INSIDE {
        let address = SocketAddr::new(address.parse::<IpAddr>().unwrap(), 0);
        for host in ["lookaside.fbsbx.com", "evil.org"] {
            let names = Names::all_at(address);
            let error = client(META, &names).download(&token(), &format!("https://{host}/x")).await.err().unwrap();
            assert!(format!("{error:?}").contains("NoPublicAddress"), "{host} at {address}: {error:?}");
            let error = client(META, &names).fetch(&format!("https://{host}/x")).await.err().unwrap();
            assert!(format!("{error:?}").contains("NoPublicAddress"), "{host} at {address}: {error:?}");
        }
    }
}

/// The control: what is refused elsewhere is what the own origin does, so that a stranger would be noticed.
#[tokio::test]
async fn a_loopback_base_allows_its_own_origin_and_nothing_else() {
    let (own, other) = (
        Server::start(vec![Reply::Bytes(http("200 OK", "x")), Reply::Bytes(http("200 OK", "x"))]).await,
        Server::start(vec![Reply::Bytes(http("200 OK", "x"))]).await,
    );
    let names = Names::all_at(other.url.trim_start_matches("http://").parse().unwrap());
    let client = client(&own.url, &names);
    assert!(client.download(&token(), &format!("{}/file", own.url)).await.is_ok());
    assert!(own.requests()[0].contains("authorization: Bearer EAA-secret"));
    let port = own.url.rsplit_once(':').unwrap().1;
    let localhost = format!("http://localhost:{port}/x");
    let tls = own.url.replace("http:", "https:");
    let user = own.url.replace("http://", "http://lookaside.fbsbx.com@");
    for url in [&other.url, &localhost, &tls, &user, "https://lookaside.fbsbx.com/x", "https://127.0.0.1/x"] {
        assert!(client.download(&token(), url).await.is_err(), "{url}");
    }
    assert_eq!((own.requests().len(), other.requests().len()), (1, 0));
    // And a base at Meta allows no loopback at all.
    let strict = self::client(META, &names);
    assert_eq!(strict.download(&token(), &own.url).await.err().unwrap().kind(), Kind::Invalid);
    assert_eq!(own.requests().len(), 1);
}
