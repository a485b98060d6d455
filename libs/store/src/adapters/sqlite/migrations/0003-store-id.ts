/** An SQL expression: 48 bits, which a number holds exactly. */
export const randomStoreId = 'abs(random() % 281474976710656)';

/** What this store's vectors are kept under in an engine that other stores use as well. */
export const storeId = `
INSERT INTO counters VALUES ('store_id', ${randomStoreId});
`;
