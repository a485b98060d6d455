/** Proxies before engines, in a process of their own: a client that is busy must not make an engine late. */
import { startFaultProxy, type Fault, type FaultProxy } from '@acervo/testing';

const proxies = new Map<string, FaultProxy>();

process.on('message', ({ name, port, fault }: { name: string; port?: number; fault?: Fault }) => {
  void (async () => {
    if (port !== undefined) proxies.set(name, await startFaultProxy(port));
    const proxy = proxies.get(name);
    if (fault !== undefined) proxy?.setFault(fault);
    process.send?.({ name, port: proxy?.port });
  })();
});
process.on('disconnect', () => process.exit(0));
