import { setImmediate as nextTurn } from 'node:timers/promises';
import pino from 'pino';

import { TurnDestination } from './turn-destination';

describe('the destination of log lines', () => {
  const writes: string[] = [];
  const destination = new TurnDestination({ write: (text) => writes.push(text) });
  const logger = pino({ base: null, timestamp: false }, destination);
  beforeEach(() => writes.splice(0));
  afterAll(() => process.off('exit', destination.flushSync));

  it('gets the lines of one turn in one write', async () => {
    logger.info('a');
    logger.info('b');
    expect(writes).toEqual([]);
    await nextTurn();
    logger.info('c');
    await nextTurn();
    expect(writes).toEqual(['{"level":30,"msg":"a"}\n{"level":30,"msg":"b"}\n', '{"level":30,"msg":"c"}\n']);
  });

  it('gets a fatal line at once, after those before it', () => {
    logger.info('a');
    logger.fatal('b');
    expect(writes).toEqual(['{"level":30,"msg":"a"}\n{"level":60,"msg":"b"}\n']);
  });

  it('does not gather without bound', () => {
    for (let nth = 0; nth < 100; nth++) logger.info('x'.repeat(1_000));
    expect(writes).toHaveLength(1);
  });
});
