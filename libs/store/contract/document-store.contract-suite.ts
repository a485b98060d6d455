/** What every DocumentStore must do. One store serves all tests; each test has a collection of its own. */
import type { DocumentStore } from '../src/document-store';
import { collectionSpec, soon } from './sample-documents';
import { describeStoredDocuments } from './store-documents.contract-suite';
import { describeStoredJobs } from './store-jobs.contract-suite';
import { describeStoreSearch } from './store-search.contract-suite';
import type { StoreUnderTest } from './store-under-test';

export interface OpenStore {
  readonly store: DocumentStore;
  readonly stop: () => Promise<void>;
}

export function describeDocumentStoreContract(technology: string, make: () => Promise<OpenStore>): void {
  describe(`DocumentStore on ${technology}`, () => {
    const current = {} as { -readonly [K in keyof StoreUnderTest]: StoreUnderTest[K] };
    let stop: () => Promise<void>;
    let nth = 0;

    beforeAll(async () => {
      ({ store: current.store, stop } = await make());
    });
    afterAll(async () => {
      await stop();
    });
    beforeEach(async () => {
      current.collection = `sample-${nth++}`;
      const { generation } = await current.store.createCollection(collectionSpec(current.collection), soon());
      current.origin = generation;
    });

    describeStoredDocuments(current);
    describeStoreSearch(current);
    describeStoredJobs(current);
  });
}
