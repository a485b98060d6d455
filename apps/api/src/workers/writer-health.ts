import { connect } from 'node:net';

import { untilEnded, type CallContext } from '@acervo/kernel';

/** Rejects when nobody opens the writer's door: reads go on, changes are refused. */
export async function checkDoor(path: string, context: CallContext): Promise<void> {
  const socket = connect(path);
  try {
    await untilEnded(
      new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      }),
      context,
    );
  } finally {
    socket.destroy();
  }
}
