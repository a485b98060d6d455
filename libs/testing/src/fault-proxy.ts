/**
 * A TCP proxy that misbehaves on demand, for connections that are open as well as for new ones.
 *
 * Error replies of Redis keep their place among the answers: a command that shall fail is replaced, on its way to the
 * real server, by a script that answers with this error.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Fault =
  | { readonly kind: 'none' }
  /** New connections are closed at once, open ones are cut. */
  | { readonly kind: 'refuse' }
  /** Everything is accepted, nothing is passed on. */
  | { readonly kind: 'black-hole' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Each connection is reset as soon as a command arrives. */
  | { readonly kind: 'reset' }
  /** Commands get this error, such as `LOADING Redis is loading`; without `commands` all but those of the handshake. */
  | { readonly kind: 'redis-error'; readonly message: string; readonly commands?: readonly string[] };

export interface FaultProxy {
  readonly port: number;
  setFault(fault: Fault): void;
  close(): Promise<void>;
}

const HANDSHAKE = ['HELLO', 'CLIENT', 'AUTH', 'SELECT'];

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let fault: Fault = { kind: 'none' };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (fault.kind === 'refuse') {
      client.destroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    const commands = new RedisCommands();
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (fault.kind === 'reset') client.resetAndDestroy();
      else pass(fault, commands.take(bytes, fault), target);
    });
    target.on('data', (bytes) => {
      pass(fault, bytes, client);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    setFault: (next) => {
      fault = next;
      if (fault.kind === 'refuse') cut();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}

function pass(fault: Fault, bytes: Buffer, to: Socket): void {
  if (fault.kind === 'black-hole') return;
  if (fault.kind === 'delay') {
    setTimeout(() => {
      if (!to.destroyed) to.write(bytes);
    }, fault.ms);
    return;
  }
  to.write(bytes);
}

/** Cuts the stream of a client into whole commands: `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`. */
class RedisCommands {
  private rest = Buffer.alloc(0);

  /** What another protocol says goes through as it comes. */
  take(bytes: Buffer, fault: Fault): Buffer {
    if (this.rest.length === 0 && bytes[0] !== 0x2a) return bytes;
    this.rest = Buffer.concat([this.rest, bytes]);
    const parts: Buffer[] = [];
    for (let end = commandEnd(this.rest); end > 0; end = commandEnd(this.rest)) {
      const command = this.rest.subarray(0, end);
      this.rest = this.rest.subarray(end);
      parts.push(fault.kind === 'redis-error' && isMeant(command, fault.commands) ? failing(fault.message) : command);
    }
    return Buffer.concat(parts);
  }
}

function isMeant(command: Buffer, commands: readonly string[] | undefined): boolean {
  const name = command.toString('latin1', 0, 64).split('\r\n')[2]?.toUpperCase() ?? '';
  return commands === undefined ? !HANDSHAKE.includes(name) : commands.includes(name);
}

function failing(message: string): Buffer {
  const parts = ['EVAL', 'return redis.error_reply(ARGV[1])', '0', message];
  return Buffer.from(`*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`);
}

/** Where the first command ends; 0 when it is not whole. */
function commandEnd(bytes: Buffer): number {
  let at = 0;
  const line = (): number => {
    const end = bytes.indexOf('\r\n', at);
    const value = end < 0 ? NaN : Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return value;
  };
  const count = line();
  if (Number.isNaN(count)) return 0;
  for (let nth = 0; nth < count; nth++) {
    const length = line();
    if (Number.isNaN(length)) return 0;
    at += length + 2;
  }
  return at <= bytes.length ? at : 0;
}
