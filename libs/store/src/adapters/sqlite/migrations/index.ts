import { initial } from './0001-initial';
import { jobTarget } from './0002-job-target';
import { storeId } from './0003-store-id';

/** In order; the `user_version` of a database is how many of these it has been through. Never edit one: add one. */
export const migrations: readonly string[] = [initial, jobTarget, storeId];
