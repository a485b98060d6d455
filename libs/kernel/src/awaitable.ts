/** What an adapter on a file has at once, and one on a server later. */
export type Awaitable<T> = T | Promise<T>;
