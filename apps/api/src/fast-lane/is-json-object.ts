/** Whether the router's parser takes it, too: an object or an array. With a byte order mark only the router knows. */
export function isJsonObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
