import postgres, { type Sql } from 'postgres';

import { callContext, untilEnded } from '@acervo/kernel';

import { parseConnectionString } from './connection-string';
import { HostSockets } from './host-sockets';

export interface ListenerOptions {
  readonly url: string;
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** Connected, again or for the first time: what was told meanwhile was missed. */
  readonly onConnected: () => void;
  readonly onLost: (cause: unknown) => void;
  /** Between two signs of life. Default 2,000. */
  readonly heartbeatMs?: number | undefined;
}

export interface Listener {
  close(): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const connectTimeoutMs = 3_000;

/**
 * LISTEN on a connection of its own that is made again when it ends, with growing pauses, and asked for a sign of life,
 * for a connection that is cut without a word stays open on this side. One connection; never rejects.
 */
export function listenForever(options: ListenerOptions): Listener {
  const stopping = new AbortController();
  const done = keepListening(options, stopping.signal);
  return {
    close: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function keepListening(options: ListenerOptions, stop: AbortSignal): Promise<void> {
  let pauseMs = firstPauseMs;
  let host = 0;
  for (;;) {
    const ended = await listenOnce(options, host++, stop);
    if (stop.aborted) return;
    options.onLost(ended.cause);
    pauseMs = ended.wasConnected ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
    await pause(pauseMs * (0.5 + Math.random() / 2), stop);
  }
}

async function listenOnce(
  { url, channel, onMessage, onConnected, heartbeatMs = 2_000 }: ListenerOptions,
  host: number,
  stop: AbortSignal,
): Promise<{ readonly cause: unknown; readonly wasConnected: boolean }> {
  const { hosts, urlOfFirst, sessionAttributes } = parseConnectionString(url);
  const sockets = new HostSockets(hosts, heartbeatMs * 2);
  for (let past = 0; past < host % hosts.length; past++) sockets.leave(past);
  let wasConnected = false;
  const settings = {
    ...{ max: 1, connect_timeout: connectTimeoutMs / 1_000, fetch_types: false, backoff: () => 1 },
    ...(sessionAttributes !== undefined && { target_session_attrs: sessionAttributes }),
    onnotice: () => undefined,
    onnotify: (_channel: string, payload: string) => {
      onMessage(payload);
    },
    socket: async () => sockets.open(),
    connection: { application_name: `acervo listener` },
  };
  const sql = postgres(urlOfFirst, settings as postgres.Options<Record<string, never>>) as Sql;
  try {
    let listeningOn = await within(heartbeatMs + connectTimeoutMs, stop, listen(sql, channel));
    wasConnected = true;
    onConnected();
    for (;;) {
      await pause(heartbeatMs, stop);
      if (stop.aborted) return { cause: undefined, wasConnected };
      // The library reconnects by itself, but then nothing listens any more.
      const now = await within(heartbeatMs, stop, pidOf(sql));
      if (now !== listeningOn) {
        listeningOn = await within(heartbeatMs, stop, listen(sql, channel));
        onConnected();
      }
    }
  } catch (error) {
    return { cause: error, wasConnected };
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** Gives the process of the server that listens. */
async function listen(sql: Sql, channel: string): Promise<number> {
  await sql.unsafe(`LISTEN ${channel}`);
  return await pidOf(sql);
}

async function pidOf(sql: Sql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return row?.pid ?? 0;
}

async function within<T>(timeoutMs: number, stop: AbortSignal, work: Promise<T>): Promise<T> {
  return await untilEnded(work, callContext(timeoutMs, stop));
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(finish, ms);
    function finish(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', finish);
      resolve();
    }
    stop.addEventListener('abort', finish, { once: true });
  });
}
