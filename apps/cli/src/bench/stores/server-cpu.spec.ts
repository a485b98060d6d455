import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { findServerPid, treeCpuMs } from './server-cpu';

describe('the CPU time of a server', () => {
  it('is of the process that listens on the port', async () => {
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

  it('holds that of children, also once they have ended', async () => {
    const burn = 'const until = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < until);';
    const before = await treeCpuMs(process.pid);
    await once(spawn(process.execPath, ['-e', burn]), 'exit');
    expect((await treeCpuMs(process.pid)) - before).toBeGreaterThanOrEqual(190);
  });
});
