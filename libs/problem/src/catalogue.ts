/**
 * The one table of errors: status, title, explanation page and documentation derive from it.
 * `detail` is the default sentence that says how to mend the request; the thrower usually gives a better one.
 */
interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** The same call may succeed later, unchanged. */
  readonly retryable?: true;
}

const table = {
  REQUEST_INVALID: { status: 400, title: 'The request is not valid', detail: 'Mend the fields listed under `errors`.' },
  REQUEST_MALFORMED_JSON: {
    status: 400,
    title: 'The body is not valid JSON',
    detail: 'Send UTF-8 JSON; the message names the place of the error.',
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    detail: 'Send less, or split it into several requests.',
  },
  REQUEST_MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The media type is not supported',
    detail: 'Send application/json, or multipart/form-data where files are taken.',
  },
  REQUEST_DEADLINE_EXCEEDED: {
    status: 504,
    title: 'The deadline passed',
    detail: 'Ask for less, or allow more time.',
    retryable: true,
  },
  REQUEST_CANCELLED: {
    status: 499,
    title: 'The caller went away',
    detail: 'Nobody waited for the answer any more.',
    retryable: true,
  },
  CACHE_ONLY_MISS: {
    status: 504,
    title: 'Nothing is kept for this request',
    detail: 'Leave `only-if-cached` out of Cache-Control to have the answer computed.',
  },
  CACHE_NOT_CLEARED: {
    status: 503,
    title: 'The cache could not be cleared everywhere',
    detail:
      'A tier did not answer; GET /cache shows which. What it holds is not used for changed collections. Try again.',
    retryable: true,
  },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is no such route', detail: 'See /docs for the routes of this server.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not allowed here',
    detail: 'Use one of the methods in the Allow header.',
  },
  AUTH_REQUIRED: {
    status: 401,
    title: 'An API key is needed',
    detail: 'Send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.',
  },
  AUTH_INVALID: {
    status: 401,
    title: 'The API key is not valid',
    detail: 'Check that the key is whole; it may also have expired or been revoked. Ask the operator for a new one.',
  },
  AUTH_FORBIDDEN: {
    status: 403,
    title: 'The API key does not allow this',
    detail: 'Use a key with the scope and the collection that this request needs.',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    title: 'The limit of this client is used up',
    detail: 'Wait for the time in Retry-After; a refused request spends nothing.',
    retryable: true,
  },
  MODEL_NOT_FOUND: {
    status: 404,
    title: 'There is no such model',
    detail: 'GET /v1/models lists the names.',
  },
  MODEL_OVERLOADED: {
    status: 503,
    title: 'The language model takes no more requests',
    detail: 'Try again after the time in Retry-After.',
    retryable: true,
  },
  MODEL_UPSTREAM_FAILED: {
    status: 502,
    title: 'The language model gave no usable answer',
    detail: 'Check OPENAI_BASE_URL, OPENAI_API_KEY and LLM_MODEL, or set LLM_PROVIDER=extractive.',
    retryable: true,
  },
  MODEL_UPSTREAM_TIMEOUT: {
    status: 504,
    title: 'The language model did not answer in time',
    detail: 'Try again, ask for less, or allow more time.',
    retryable: true,
  },
  CONVERSATION_NOT_FOUND: {
    status: 404,
    title: 'There is no such conversation',
    detail: 'It ended, was removed, or belongs to somebody else: begin a new one without conversation_id.',
  },
  CONVERSATIONS_UNAVAILABLE: {
    status: 503,
    title: 'Conversations cannot be kept',
    detail: 'Look at the file named in the log: it must be writable and of this program.',
  },
  STREAM_NOT_FOUND: {
    status: 404,
    title: 'There is no such stream',
    detail: 'It can be read again for a minute after its end: ask again.',
  },
  COLLECTION_NOT_FOUND: {
    status: 404,
    title: 'There is no such collection',
    detail: 'See GET /collections for the existing ones.',
  },
  COLLECTION_EXISTS: {
    status: 409,
    title: 'The collection exists already',
    detail: 'Choose another name, or use the existing collection.',
  },
  COLLECTION_OUTDATED: {
    status: 409,
    title: 'The collection was built with other settings',
    detail: 'Run `acervo reindex` or restore the settings it was built with.',
  },
  DOCUMENT_NOT_FOUND: {
    status: 404,
    title: 'There is no such document',
    detail: 'See GET /documents for the existing ones.',
  },
  DOCUMENT_UNREADABLE: {
    status: 422,
    title: 'The document cannot be read',
    detail: 'Check the file; the message says what was wrong with it.',
  },
  DOCUMENT_EMPTY: {
    status: 422,
    title: 'The document holds no text',
    detail: 'Scanned pages need text recognition before they can be searched.',
  },
  DOCUMENT_ENCRYPTED: {
    status: 422,
    title: 'The document is encrypted',
    detail: 'Remove the password and send it again.',
  },
  DOCUMENT_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'This kind of file is not supported',
    detail: 'Send Markdown, text, HTML, PDF, DOCX, CSV, JSON or JSONL.',
  },
  DOCUMENT_TOO_LARGE: { status: 413, title: 'The document is too large', detail: 'Split the document.' },
  DOCUMENT_PARSE_TIMEOUT: {
    status: 422,
    title: 'The document took too long to read',
    detail: 'Simplify or split the document.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: 'The Idempotency-Key was used for another request',
    detail: 'Use a new key for a new request.',
  },
  JOB_NOT_FOUND: { status: 404, title: 'There is no such job', detail: 'Jobs are forgotten some time after they end.' },
  JOB_ALREADY_ENDED: {
    status: 409,
    title: 'The job has ended already',
    detail: 'A job can be cancelled only before it ends.',
  },
  JOB_CANCELLED: {
    status: 409,
    title: 'The job was cancelled',
    detail: 'Send the request again if it is still wanted.',
  },
  SEARCH_SEMANTIC_UNAVAILABLE: {
    status: 503,
    title: 'Semantic search is not available now',
    detail: 'Retry later, or use mode lexical or hybrid.',
    retryable: true,
  },
  SEARCH_UNAVAILABLE: { status: 503, title: 'Search is not available now', detail: 'Retry later.', retryable: true },
  EMBEDDING_OVERLOADED: { status: 503, title: 'The embedding queue is full', detail: 'Retry later.', retryable: true },
  EMBEDDING_FAILED: {
    status: 503,
    title: 'The embedding model failed',
    detail: 'Retry later; if it happens again with the same text, shorten the text or report it.',
    retryable: true,
  },
  EMBEDDING_UPSTREAM_FAILED: {
    status: 502,
    title: 'The embedding server failed',
    detail: 'Check OPENAI_BASE_URL, the key and the model name.',
    retryable: true,
  },
  EMBEDDING_UPSTREAM_TIMEOUT: {
    status: 504,
    title: 'The embedding server took too long',
    detail: 'Retry later.',
    retryable: true,
  },
  EMBEDDING_DIMENSIONS_MISMATCH: {
    status: 502,
    title: 'The embedding server gave vectors of another size',
    detail: 'Check the model name and its dimensions.',
  },
  EMBEDDING_MODEL_DAMAGED: {
    status: 503,
    title: 'The bundled model is damaged',
    detail: 'Install the package again: its checksum does not match.',
  },
  STORE_UNAVAILABLE: { status: 503, title: 'The store is not available now', detail: 'Retry later.', retryable: true },
  STORE_WRITER_AWAY: {
    status: 503,
    title: 'The process that writes is not available now',
    detail: 'It is being started again. Searches go on meanwhile; send the change again after the time in Retry-After.',
    retryable: true,
  },
  STORE_LOCKED: {
    status: 503,
    title: 'Another process owns the data folder',
    detail: 'Stop the other server, or set another DATA_DIR.',
  },
  STORE_DAMAGED: {
    status: 503,
    title: 'The database is damaged',
    detail: 'Restore a backup, or remove the file named in the message and index again.',
  },
  STORE_NEWER: {
    status: 503,
    title: 'The database was written by a newer version',
    detail: 'Install the version that wrote it, or set another DATA_DIR.',
  },
  STORE_DISK_FULL: {
    status: 507,
    title: 'The disk is full',
    detail: 'Free space on the volume of DATA_DIR; nothing was lost.',
    retryable: true,
  },
  BACKUP_REFUSED: {
    status: 409,
    title: 'The backup or restore cannot be done here',
    detail: 'Name a folder that is empty or does not exist; the message says what stands in the way.',
  },
  BACKUP_DAMAGED: {
    status: 422,
    title: 'The backup is not whole',
    detail: 'Use another backup: a file of this one is missing or has changed since it was made.',
  },
  VECTOR_INDEX_UNAVAILABLE: {
    status: 503,
    title: 'The vector index is not available now',
    detail: 'Retry later.',
    retryable: true,
  },
  VECTOR_INDEX_MISMATCH: {
    status: 409,
    title: 'The vector index holds vectors of another model',
    detail: 'Run `acervo reindex`.',
  },
  SERVER_NOT_READY: {
    status: 503,
    title: 'The server is not ready',
    detail: 'Retry when /health/ready answers 200.',
    retryable: true,
  },
  SERVER_OVERLOADED: {
    status: 503,
    title: 'The server is overloaded',
    detail: 'Retry after the time in Retry-After.',
    retryable: true,
  },
  SERVER_ERROR: {
    status: 500,
    title: 'Something went wrong here',
    detail: 'The request id leads to the log line; please report it.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ProblemCode = keyof typeof table;
export const catalogue: Readonly<Record<ProblemCode, CatalogueEntry>> = table;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(table, code);
}
