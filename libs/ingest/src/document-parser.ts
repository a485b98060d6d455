/**
 * Reads foreign files in a child process under limits of memory and time. One file at a time; the child is started
 * when first needed, replaced when a file brought it down, and ended when nothing came for a while.
 *
 * Invariant: every request is answered within its turn plus `timeoutMs`, and a file that hangs, crashes or inflates
 * costs only itself.
 */
import { throwIfEnded, untilEnded, fromWireError, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { ParserProcess, type ProcessExit } from './parser-process';
import type { ParseRequest, ParserLimits } from './parser-protocol';
import type { PreparedDocument } from './prepare-document';

export interface DocumentParserOptions extends ParserLimits {
  /** Wall clock for one file. */
  readonly timeoutMs: number;
  readonly idleMs: number;
  readonly maxHeapMegabytes: number;
  readonly maxDataMegabytes: number;
  /** Requests that may wait; the next one is refused. */
  readonly maxQueued: number;
}

const defaults: DocumentParserOptions = {
  maxFileBytes: 256 * 1024 * 1024,
  maxCharacters: 20_000_000,
  timeoutMs: 30_000,
  idleMs: 20_000,
  maxHeapMegabytes: 512,
  maxDataMegabytes: 1_024,
  maxQueued: 256,
};

export class DocumentParser {
  private readonly options: DocumentParserOptions;
  private process: ParserProcess | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private readonly closing = new AbortController();

  constructor(options: Partial<DocumentParserOptions> = {}) {
    this.options = { ...defaults, ...options };
  }

  /**
   * Errors: those of `prepareDocument`; DOCUMENT_PARSE_TIMEOUT; DOCUMENT_TOO_LARGE when the file needs more memory
   * than allowed; DOCUMENT_UNREADABLE when it brings the parser down; SERVER_OVERLOADED when too many wait.
   */
  async parse(request: ParseRequest, context: CallContext): Promise<PreparedDocument> {
    throwIfEnded(context);
    if (this.closing.signal.aborted) throw fail('SERVER_NOT_READY', 'The server is stopping.');
    if (this.queued >= this.options.maxQueued) throw fail('SERVER_OVERLOADED', 'Too many documents wait to be read.');
    this.queued += 1;
    const result = this.turn
      .then(() => this.parseNow(request, context))
      .finally(() => {
        this.queued -= 1;
      });
    this.turn = result.catch(() => undefined);
    return await untilEnded(result, context);
  }

  /** Ends the child; requests under way fail with SERVER_NOT_READY. */
  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.idleTimer);
    await this.process?.kill();
    await this.turn;
  }

  private async parseNow(request: ParseRequest, context: CallContext): Promise<PreparedDocument> {
    throwIfEnded(context);
    if (this.closing.signal.aborted) throw fail('SERVER_NOT_READY', 'The server is stopping.');
    clearTimeout(this.idleTimer);
    const { maxFileBytes, maxCharacters } = this.options;
    const child = await this.readyProcess();
    const timeout = new AbortController();
    const stop = (): void => void child.kill();
    const timer = setTimeout(() => {
      timeout.abort();
      stop();
    }, this.options.timeoutMs);
    context.signal.addEventListener('abort', stop, { once: true });
    try {
      const reply = await child.ask({ ...request, limits: { maxFileBytes, maxCharacters } });
      if (reply.type === 'parsed') return reply.document;
      if (reply.type === 'failed') throw fromWireError(reply.error);
      throwIfEnded(context);
      if (timeout.signal.aborted) {
        const seconds = Math.round(this.options.timeoutMs / 1_000);
        throw fail(
          'DOCUMENT_PARSE_TIMEOUT',
          `${request.name} took longer than ${seconds} s to read. Simplify or split it.`,
        );
      }
      throw this.crashError(request.name, reply.type === 'exited' ? reply : { code: null, signal: null });
    } finally {
      clearTimeout(timer);
      context.signal.removeEventListener('abort', stop);
      this.restOrReplace();
    }
  }

  private async readyProcess(): Promise<ParserProcess> {
    if (this.process?.isAlive !== true) this.process = await ParserProcess.start(this.options);
    if (this.closing.signal.aborted) await this.process.kill();
    return this.process;
  }

  private restOrReplace(): void {
    if (this.process?.isAlive !== true) this.process = undefined;
    this.idleTimer = setTimeout(() => {
      void this.process?.kill();
      this.process = undefined;
    }, this.options.idleMs);
    this.idleTimer.unref();
  }

  /** V8 aborts when its heap is full; an allocation that prlimit refused ends in SIGABRT, SIGTRAP or SIGSEGV. */
  private crashError(name: string, { code, signal }: ProcessExit): Error {
    if (this.closing.signal.aborted) return fail('SERVER_NOT_READY', 'The server stopped while it read the document.');
    if (code === 134 || signal === 'SIGABRT' || signal === 'SIGTRAP') {
      return fail('DOCUMENT_TOO_LARGE', `${name} needs more memory to read than allowed. Split it.`);
    }
    return fail(
      'DOCUMENT_UNREADABLE',
      `${name} brought its parser down (${signal ?? `exit code ${code ?? 'unknown'}`}).`,
    );
  }
}
