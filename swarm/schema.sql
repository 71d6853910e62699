-- The projection: everything here can be thrown away and read again from files and commits.
-- Several processes may run this at once; the second finds everything made.
BEGIN IMMEDIATE;

-- What was parsed, by blob and path: branches, worktrees and revisions share it.
CREATE TABLE IF NOT EXISTS doc (
    doc      INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number is never given twice
    oid      TEXT NOT NULL,
    path     TEXT NOT NULL,
    id       TEXT,              -- null when the file holds no record
    kind     TEXT,
    title    TEXT,
    aliases  TEXT,
    head     TEXT,              -- what its keys say in words
    rule     TEXT,
    body     TEXT,
    created  TEXT,
    keys     TEXT NOT NULL,     -- JSON
    problems TEXT NOT NULL,     -- JSON
    broken   INTEGER NOT NULL,  -- 1 when one of them is an error
    UNIQUE (oid, path)
);
CREATE TABLE IF NOT EXISTS edge (
    doc    INTEGER NOT NULL,
    type   TEXT NOT NULL,
    target TEXT NOT NULL,       -- as it was written
    form   TEXT NOT NULL,
    line   INTEGER NOT NULL,
    name   TEXT NOT NULL,       -- the name it is looked up by
    other  TEXT                 -- and the id in a linked file's name, in case it was renamed
);
CREATE INDEX IF NOT EXISTS edge_of ON edge (doc);
CREATE INDEX IF NOT EXISTS edge_to ON edge (name);
CREATE INDEX IF NOT EXISTS edge_to_other ON edge (other) WHERE other IS NOT NULL;
CREATE TABLE IF NOT EXISTS name (
    name TEXT NOT NULL,
    rank INTEGER NOT NULL,      -- 0 id, 1 path, 2 alias, 3 title
    doc  INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS name_of ON name (name, rank, doc);
CREATE INDEX IF NOT EXISTS name_by ON name (doc);

-- What one place shows: a work tree, or the commit last asked for.
CREATE TABLE IF NOT EXISTS view (
    view    INTEGER PRIMARY KEY AUTOINCREMENT,
    key     TEXT NOT NULL UNIQUE,
    state   TEXT NOT NULL,      -- digest of what was listed
    history TEXT NOT NULL,      -- JSON: the watermark of `seen`
    turn    INTEGER NOT NULL,   -- grows with each change, so that a stale writer notices
    half_life REAL NOT NULL     -- by which its trails were folded
);
CREATE TABLE IF NOT EXISTS file (
    view    INTEGER NOT NULL,
    path    BLOB NOT NULL,
    stamp   BLOB NOT NULL,
    racy    INTEGER NOT NULL,   -- 1 when its stamp proves nothing: too new, or not readable just then
    doc     INTEGER,            -- null when it could not be read
    name    TEXT NOT NULL,      -- what `seen` calls it
    problem TEXT,               -- JSON, when it could not be read
    broken  INTEGER NOT NULL,   -- 1 when every reader should hear of its problems
    PRIMARY KEY (view, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS file_of ON file (view, doc);
CREATE INDEX IF NOT EXISTS file_racy ON file (view) WHERE racy = 1;
CREATE INDEX IF NOT EXISTS file_broken ON file (view) WHERE broken = 1;
CREATE TABLE IF NOT EXISTS seen (
    view INTEGER NOT NULL,
    name TEXT NOT NULL,
    at   INTEGER NOT NULL,      -- author date, seconds
    rank INTEGER,               -- place on the first-parent chain
    commit_id TEXT NOT NULL,    -- the one that date is of
    bound INTEGER NOT NULL,     -- 1 when history is cut before it
    PRIMARY KEY (view, name)
) WITHOUT ROWID;

-- What the edges of a view's records lead to, and what its records left on each other.
CREATE TABLE IF NOT EXISTS link (
    view   INTEGER NOT NULL,
    source INTEGER NOT NULL,
    edge   INTEGER NOT NULL,    -- the row that says so
    target INTEGER NOT NULL,
    type   TEXT NOT NULL,
    PRIMARY KEY (view, source, edge)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_to ON link (view, target, source, type);
CREATE TABLE IF NOT EXISTS node (
    view    INTEGER NOT NULL,
    doc     INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    status  TEXT NOT NULL DEFAULT '',
    domain  TEXT NOT NULL DEFAULT '',
    arrival BLOB,               -- a key that sorts as records came; null when it must be made anew
    place   INTEGER,            -- in the order of arrival, from 0
    trail   REAL,               -- logarithm of what newer records left, each grown to its place
    warning REAL,               -- the same of what they warned of
    touched INTEGER,            -- place of the latest of those, or its own
    marks   TEXT NOT NULL DEFAULT '',
    use_apart     REAL,         -- trail and warning again, less what posteriors count
    warning_apart REAL,
    voice   TEXT NOT NULL DEFAULT '',    -- its author and run; empty when it is unsigned
    near    INTEGER NOT NULL DEFAULT 0,  -- how many lean on it, at most three of a voice
    far     INTEGER NOT NULL DEFAULT 0,  -- how many lean on those, and not on it themselves
    used    INTEGER NOT NULL DEFAULT 0,  -- 1 when a newer one of another voice is among them
    outcome TEXT NOT NULL DEFAULT '',    -- how a closed task ended, when it says so
    proof   TEXT NOT NULL DEFAULT '',    -- digest of the check that decided it, when one did
    settled INTEGER NOT NULL DEFAULT 0,  -- 0 when what was left on it changed since it was folded
    PRIMARY KEY (view, doc)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS node_order ON node (view, arrival, place);
CREATE INDEX IF NOT EXISTS node_new ON node (view) WHERE arrival IS NULL;
CREATE INDEX IF NOT EXISTS node_at ON node (view, place);
CREATE INDEX IF NOT EXISTS node_of ON node (view, kind, status, place);
CREATE INDEX IF NOT EXISTS node_warm ON node (view, trail) WHERE trail IS NOT NULL;
CREATE INDEX IF NOT EXISTS node_ended ON node (view, place) WHERE outcome <> '';
CREATE INDEX IF NOT EXISTS node_unsettled ON node (view) WHERE settled = 0;

-- How much of a text a view must hold to speak of it: reckoned when first asked, for one turn.
CREATE TABLE IF NOT EXISTS floor (
    view  INTEGER PRIMARY KEY,
    turn  INTEGER NOT NULL,
    floor REAL NOT NULL
);

PRAGMA application_id = 0x73776D31;
PRAGMA user_version = 5;
COMMIT;
