/**
 * Wide columns live in tables of their own (`document_texts`, `embeddings`, `chunk_terms`), so that listing, filtering
 * and counting never read past them. Keys of chunks come from `counters` and are never used twice, not even after
 * everything was deleted.
 */
export const initial = `
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('next_chunk_key', 1), ('next_generation', 0), ('fresh_postings', 0);

CREATE TABLE collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  embedding_model TEXT NOT NULL,
  dimensions INTEGER NOT NULL,
  chunk_size INTEGER NOT NULL,
  chunk_overlap INTEGER NOT NULL,
  chunk_version INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  documents INTEGER NOT NULL DEFAULT 0,
  chunks_pt INTEGER NOT NULL DEFAULT 0,
  chunks_en INTEGER NOT NULL DEFAULT 0,
  chunks_other INTEGER NOT NULL DEFAULT 0,
  tokens INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);

CREATE TABLE documents (
  row INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  title TEXT NOT NULL,
  source TEXT NOT NULL,
  doc_type TEXT NOT NULL,
  language TEXT NOT NULL,
  date TEXT,
  metadata TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  characters INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (collection, id)
);
CREATE INDEX documents_by_content ON documents (collection, content_hash);

CREATE TABLE document_texts (
  document INTEGER PRIMARY KEY REFERENCES documents(row) ON DELETE CASCADE,
  deflated BLOB NOT NULL
);

CREATE TABLE document_metadata (
  document INTEGER NOT NULL REFERENCES documents(row) ON DELETE CASCADE,
  field TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (document, field, ordinal)
) WITHOUT ROWID;

CREATE TABLE chunks (
  key INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  document INTEGER NOT NULL REFERENCES documents(row) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  page INTEGER,
  passage_hash TEXT NOT NULL,
  headings TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX chunks_by_collection ON chunks (collection);
CREATE INDEX chunks_by_document ON chunks (document, ordinal);
CREATE INDEX chunks_by_passage ON chunks (collection, passage_hash);

CREATE TABLE embeddings (
  key INTEGER PRIMARY KEY REFERENCES chunks(key) ON DELETE CASCADE,
  vector BLOB NOT NULL
);

CREATE TABLE terms (
  id INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  text TEXT NOT NULL,
  frequency INTEGER NOT NULL,
  UNIQUE (collection, kind, text)
);
CREATE TABLE postings (
  term INTEGER NOT NULL REFERENCES terms(id) ON DELETE CASCADE,
  first_key INTEGER NOT NULL,
  entries BLOB NOT NULL,
  PRIMARY KEY (term, first_key)
) WITHOUT ROWID;
CREATE TABLE fresh_postings (
  term INTEGER NOT NULL REFERENCES terms(id) ON DELETE CASCADE,
  first_key INTEGER NOT NULL,
  entries BLOB NOT NULL,
  PRIMARY KEY (term, first_key)
) WITHOUT ROWID;
CREATE TABLE chunk_terms (
  key INTEGER PRIMARY KEY REFERENCES chunks(key) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  length INTEGER NOT NULL,
  terms BLOB NOT NULL
);

CREATE TABLE jobs (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  unit TEXT NOT NULL DEFAULT '',
  input TEXT NOT NULL,
  result TEXT,
  problem TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT UNIQUE,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX jobs_by_state ON jobs (state, sequence);
`;
