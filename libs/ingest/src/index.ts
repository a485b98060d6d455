export { chunkerVersion, chunkText } from './chunker';
export { docTypes } from './parsed-document';
export type { Block, DocType, ParsedDocument, StructuredText } from './parsed-document';
export { buildPassage, toNewChunk } from './passage';
export { prepareDocument } from './prepare-document';
export type { GivenFields, PreparedDocument, PrepareLimits } from './prepare-document';
