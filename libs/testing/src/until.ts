/** Asks again until it is so. Rejects with `what` when it has not come to pass in time. */
export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (const end = performance.now() + timeoutMs; performance.now() < end;) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`It did not come to pass within ${timeoutMs} ms that ${what}.`);
}
