import { summarise, type Turn } from './stores-figures';

const turn = (stores: string, more: Partial<Turn>): Turn => ({
  ...{ stores, admittedPercent: 100, cpuMs: 20, serverMs: 0, walls: [1, 3], found: [['a', 'b'], ['c']] },
  ...more,
});

describe('figures of stores', () => {
  it('are means over all turns, and percentiles over all searches', () => {
    const [figures] = summarise([turn('A', {}), turn('A', { cpuMs: 60, serverMs: 8, walls: [5, 7] })]);
    expect(figures).toMatchObject({ p50Ms: 3, p95Ms: 5, cpuMs: 20, serverCpuMs: 2, overlap: 1 });
  });

  it('compare what each pair found with what the first one found for the same questions', () => {
    const turns = [turn('A', {}), turn('B', { found: [['b', 'x'], ['c']] }), turn('B', { admittedPercent: 1 })];
    const [, second, third] = summarise([...turns, turn('A', { admittedPercent: 1, found: [['a', 'z'], ['c']] })]);
    expect(second).toMatchObject({ stores: 'B', overlap: 2 / 3 });
    expect(third).toMatchObject({ stores: 'B', admittedPercent: 1, overlap: 2 / 3 });
  });

  it('say that a server was not measured', () => {
    expect(summarise([turn('A', { serverMs: NaN })])[0]?.serverCpuMs).toBeNull();
  });
});
