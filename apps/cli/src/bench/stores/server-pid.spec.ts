import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { findServerPid } from './server-pid';

describe('the process of a server', () => {
  it('is the one that listens on the port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await findServerPid(`http://127.0.0.1:${port}`, 80)).toBe(process.pid);
    expect(await findServerPid('http://localhost', port)).toBe(process.pid);
    await new Promise((closed) => server.close(closed));
    expect(await findServerPid(`http://127.0.0.1:${port}`, 80)).toBeUndefined();
  });

  it('is not looked for on other machines', async () => {
    expect(await findServerPid('postgres://db.example.test/acervo', 5_432)).toBeUndefined();
  });
});
