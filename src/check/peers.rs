//! The peers of a run: which may be read, and which can.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::trees::Trees;
use super::{Check, Error};
use crate::policy::Policy;
use crate::text::did_you_mean;
use crate::tree::{Index, Peer, Peers};

impl Check {
    /// Whether the peers that a policy's rules read need base's word: they lie outside, and the caller does not name them.
    pub(super) fn asks_for_trust(&self, policy: &Policy, names: &BTreeSet<Arc<str>>) -> bool {
        // Any directory will do: it is the words of the path that count.
        let top = Path::new("/top");
        let outside = |name: &Arc<str>| policy.peers.get(name).is_some_and(|(peer, _)| peer.is_outside(top));
        names.iter().any(|name| !self.peers.contains_key(&**name) && outside(name))
    }

    /// Whether each peer that the caller names is one of a policy.
    pub(super) fn known_peers<'p>(&self, policies: impl Iterator<Item = &'p Policy> + Clone) -> Result<(), Error> {
        let known = || policies.clone().flat_map(|policy| policy.peers.keys());
        for name in self.peers.keys() {
            if known().any(|known| **known == **name) {
                continue;
            }
            let near = did_you_mean(name, known().map(|known| &**known));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Error::Usage(format!("the policy has no peer `{name}`{hint}")));
        }
        Ok(())
    }

    /// The peers of these names, as a policy says where they are. Those outside of the repository are read where the caller names
    /// them, or base's policy (if it is `known` already, this one), which a change cannot write.
    pub(super) fn open_peers(&self, policy: &Policy, names: BTreeSet<Arc<str>>, known: Option<&Policy>, trees: &Trees) -> Peers {
        if names.is_empty() {
            return Peers::new();
        }
        let top = self.disk_top(trees);
        let before = match (known, trees.base.as_ref()) {
            (None, Some(base)) => self.base_policy(base.tree()).ok().flatten(),
            _ => None,
        };
        let before = known.or(before.as_ref());
        let open = |name: Arc<str>| {
            let Some((peer, _)) = policy.peers.get(&name) else {
                return (name, Err("the policy does not say where it is".into()));
            };
            let opened = match (&top, self.peers.get(&*name)) {
                (_, Some(path)) => self.open_given(peer, path, top.as_deref()),
                (None, None) => Err("this tree is nowhere on disk".into()),
                (Some(top), None) if peer.is_outside(top) && !is_trusted(&name, peer, before) => Err(format!(
                    "`{}` lies outside of this repository, and base's policy does not name it yet: `--peer {name}={}` reads it",
                    peer.path, peer.path
                )),
                (Some(top), None) => peer.open(Some(top)),
            };
            (name, opened.map(|tree| Arc::new(Index::new(tree))))
        };
        names.into_iter().map(open).collect()
    }

    /// A peer at the path that the caller gave.
    fn open_given(&self, peer: &Peer, path: &Path, top: Option<&Path>) -> Result<Arc<dyn crate::tree::Tree>, String> {
        let absolute = std::path::absolute(path).map_err(|error| format!("`{}` cannot be opened: {error}", path.display()))?;
        let Some(text) = absolute.to_str() else { return Err(format!("`{}` is not UTF-8", path.display())) };
        let given = Peer { path: text.into(), reference: peer.reference.clone() };
        given.open(top)
    }

    /// The directory that paths of peers start from.
    fn disk_top(&self, trees: &Trees) -> Option<PathBuf> {
        let top = match (&self.given, &trees.repository) {
            (Some(_), _) => return None,
            (None, Some(repository)) => repository.top().unwrap_or_else(|| repository.git_dir()),
            (None, None) => &self.root,
        };
        top.canonicalize().ok()
    }
}

fn is_trusted(name: &str, peer: &Peer, before: Option<&Policy>) -> bool {
    before.and_then(|policy| policy.peers.get(name)).is_some_and(|(known, _)| known.path == peer.path)
}
