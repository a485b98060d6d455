/** What this store's vectors are kept under in an engine that other stores use as well. */
export const storeId = `
INSERT INTO counters VALUES ('store_id', abs(random() % 281474976710656));
`;
