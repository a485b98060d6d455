import type { DocumentStore } from '../src/document-store';

/** What a test of the suites finds; set anew before each test. */
export interface StoreUnderTest {
  readonly store: DocumentStore;
  /** An empty collection of the test's own. */
  readonly collection: string;
  /** Generation of the collection when it was made. */
  readonly origin: number;
}
