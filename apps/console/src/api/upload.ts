/** One file to the server, with its progress: `fetch` tells nothing about what was sent. */
import { askForKey, keyHeader } from './key';
import { ProblemError, readProblem } from './problem';
import type { AcceptedDocument } from './wire';

interface Upload {
  readonly file: File;
  readonly collection: string | undefined;
  /** 0..1 */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/** Errors: ProblemError, TypeError without a network, AbortError. */
export async function uploadFile(upload: Upload): Promise<AcceptedDocument> {
  for (;;) {
    const request = await sendForm(upload);
    if (request.status === 401 && (await askForKey())) continue;
    if (request.status >= 200 && request.status < 300) return JSON.parse(request.responseText) as AcceptedDocument;
    const requestId = request.getResponseHeader('X-Request-Id');
    throw new ProblemError(readProblem(request.status, request.responseText, requestId));
  }
}

function sendForm({ file, collection, onProgress, signal }: Upload): Promise<XMLHttpRequest> {
  const form = new FormData();
  // Fields before the file: the server reads the form in order.
  if (collection !== undefined) form.append('collection', collection);
  form.append('file', file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => {
      request.abort();
    };
    signal.addEventListener('abort', stop, { once: true });
    request.upload.onprogress = ({ loaded, total }) => {
      onProgress(total === 0 ? 0 : loaded / total);
    };
    request.onload = () => {
      resolve(request);
    };
    request.onerror = () => {
      reject(new TypeError('The connection broke while the file was sent'));
    };
    request.onabort = () => {
      reject(new DOMException('Stopped', 'AbortError'));
    };
    request.onloadend = () => {
      signal.removeEventListener('abort', stop);
    };
    request.open('POST', '/documents');
    request.setRequestHeader('Accept', 'application/json');
    for (const [name, value] of Object.entries(keyHeader())) request.setRequestHeader(name, value);
    request.send(form);
  });
}
