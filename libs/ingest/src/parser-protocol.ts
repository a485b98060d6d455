/** Messages between `DocumentParser` and its child process; the child answers each request once, in order. */
import type { WireError } from '@acervo/kernel';
import type { ChunkingSpec } from '@acervo/store';

import type { DocType } from './parsed-document';
import type { GivenFields, PreparedDocument } from './prepare-document';

export interface ParseRequest {
  /** The file to read. */
  readonly path: string;
  /** What the sender calls it; messages and the extension come from it. */
  readonly name: string;
  readonly format?: DocType | undefined;
  readonly given: GivenFields;
  readonly chunking: ChunkingSpec;
}

export interface ParserLimits {
  readonly maxFileBytes: number;
  /** Extracted text, UTF-16 code units. */
  readonly maxCharacters: number;
}

export interface ChildRequest extends ParseRequest {
  readonly limits: ParserLimits;
}

export type ChildReply =
  | { readonly type: 'ready' }
  | { readonly type: 'parsed'; readonly document: PreparedDocument }
  | { readonly type: 'failed'; readonly error: WireError };
