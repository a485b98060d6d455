import type { Migration } from '@acervo/postgres';

/**
 * Wide columns live in tables of their own, so that listing, filtering and counting never read past them. A block of
 * `postings` holds the occurrences of one term in the chunks of 128 keys (posting-block.ts), so its row stays below the
 * 2 kB from where Postgres moves values out of the page. Generations do not fit into an int after a restore
 * (store-renewal.ts), and a bigint would come back as text. Times and metadata are kept as they came, in text; `fields` is
 * the metadata again, for filters.
 */
const initial = `
CREATE TABLE acervo.counters (name text PRIMARY KEY, value double precision NOT NULL);
INSERT INTO acervo.counters VALUES ('next_chunk_key', 1), ('next_generation', 0);

CREATE TABLE acervo.collections (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  embedding_model text NOT NULL,
  dimensions int NOT NULL,
  chunk_size int NOT NULL,
  chunk_overlap int NOT NULL,
  chunk_version int NOT NULL,
  generation double precision NOT NULL,
  documents int NOT NULL DEFAULT 0,
  chunks_pt int NOT NULL DEFAULT 0,
  chunks_en int NOT NULL DEFAULT 0,
  chunks_other int NOT NULL DEFAULT 0,
  tokens double precision NOT NULL DEFAULT 0,
  created_at text NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE acervo.documents (
  row int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection int NOT NULL REFERENCES acervo.collections (id) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  title text NOT NULL,
  source text COLLATE "C" NOT NULL,
  doc_type text COLLATE "C" NOT NULL,
  language text COLLATE "C" NOT NULL,
  date text COLLATE "C",
  metadata text NOT NULL,
  fields jsonb NOT NULL,
  content_hash text COLLATE "C" NOT NULL,
  characters int NOT NULL,
  chunks int NOT NULL,
  created_at text NOT NULL,
  updated_at text NOT NULL,
  UNIQUE (collection, id)
);
CREATE INDEX documents_by_content ON acervo.documents (collection, content_hash);

CREATE TABLE acervo.document_texts (
  document int PRIMARY KEY REFERENCES acervo.documents (row) ON DELETE CASCADE,
  deflated bytea NOT NULL
);
ALTER TABLE acervo.document_texts ALTER COLUMN deflated SET STORAGE EXTERNAL;

CREATE TABLE acervo.chunks (
  key int PRIMARY KEY,
  collection int NOT NULL REFERENCES acervo.collections (id) ON DELETE CASCADE,
  document int NOT NULL REFERENCES acervo.documents (row) ON DELETE CASCADE,
  ordinal int NOT NULL,
  "start" int NOT NULL,
  "end" int NOT NULL,
  page int,
  passage_hash text COLLATE "C" NOT NULL,
  headings text NOT NULL,
  text text NOT NULL
);
CREATE INDEX chunks_by_collection ON acervo.chunks (collection, key);
CREATE INDEX chunks_by_document ON acervo.chunks (document) INCLUDE (key);
CREATE INDEX chunks_by_passage ON acervo.chunks (collection, passage_hash);

CREATE TABLE acervo.embeddings (
  key int PRIMARY KEY REFERENCES acervo.chunks (key) ON DELETE CASCADE,
  vector bytea NOT NULL
);
ALTER TABLE acervo.embeddings ALTER COLUMN vector SET STORAGE EXTERNAL;

CREATE TABLE acervo.chunk_terms (
  key int PRIMARY KEY REFERENCES acervo.chunks (key) ON DELETE CASCADE,
  length int NOT NULL,
  terms text[] NOT NULL
);
CREATE TABLE acervo.postings (
  collection int NOT NULL REFERENCES acervo.collections (id) ON DELETE CASCADE,
  term text COLLATE "C" NOT NULL,
  block int NOT NULL,
  entries bytea NOT NULL,
  PRIMARY KEY (collection, term, block)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE acervo.postings ALTER COLUMN entries SET STORAGE PLAIN;

CREATE TABLE acervo.jobs (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  kind text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  done int NOT NULL DEFAULT 0,
  total int NOT NULL DEFAULT 0,
  unit text NOT NULL DEFAULT '',
  input text NOT NULL,
  result text,
  problem text,
  attempts int NOT NULL DEFAULT 0,
  idempotency_key text COLLATE "C" UNIQUE,
  collection text COLLATE "C",
  document text COLLATE "C",
  runner text COLLATE "C",
  lease_until timestamptz,
  created_at text COLLATE "C" NOT NULL,
  updated_at text COLLATE "C" NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX jobs_by_state ON acervo.jobs (state, sequence);
CREATE INDEX jobs_by_document ON acervo.jobs (collection, document) WHERE state IN ('queued', 'running');
`;

const storeId = `INSERT INTO acervo.counters VALUES ('store_id', floor(random() * 281474976710656))`;

/** In order; released ones are never changed. */
export const migrations: readonly Migration[] = [
  { name: 'documents, chunks, postings and jobs', sql: initial },
  { name: 'the id of the store', sql: storeId },
];
