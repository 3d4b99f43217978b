"""The forge's values."""

from dataclasses import dataclass

DEFAULT_BRANCH = "main"
ZERO = "0" * 40
"""In a ref change: the ref did not exist before, or does no more."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user or an organisation. Units: `created` in RFC 3339. Shape: `password` is a hash; empty for who cannot log in."""

    id: int
    name: str
    email: str = ""
    full_name: str = ""
    is_admin: bool = False
    is_organization: bool = False
    password: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; only its hash is kept."""

    id: int
    account_id: int
    name: str
    hashed: str
    last_eight: str
    scopes: tuple[str, ...] = ("all",)


@dataclass(frozen=True, slots=True)
class Repository:
    """Shape: `owner` is the account's name as it was written when it was made."""

    id: int
    owner: str
    name: str
    description: str = ""
    private: bool = False
    archived: bool = False
    default_branch: str = DEFAULT_BRANCH
    created: str = ""
    updated: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class RefChange:
    """What one push did to one ref. Shape: ZERO before a creation and after a deletion."""

    ref: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Push:
    """Told to whoever listens, after the refs are stored."""

    repository: Repository
    pusher: str
    changes: tuple[RefChange, ...]


STATES = ("pending", "success", "error", "failure", "warning")


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """What somebody says of a commit. Shape: `state` is one of STATES; of one `context` the newest counts."""

    id: int
    repository_id: int
    sha: str
    context: str
    state: str
    description: str = ""
    target_url: str = ""
    creator: str = ""
    created: str = ""
