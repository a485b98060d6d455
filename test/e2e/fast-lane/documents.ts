import type { AcervoProcess } from '../acervo-process';

export const documents = [
  [
    'pt-1',
    'Férias',
    'Cada pessoa da equipe tem trinta dias de férias por ano, marcados com dois meses de antecedência.',
  ],
  ['pt-2', 'Reembolso', 'Despesas de viagem são reembolsadas em até dez dias após o envio da nota fiscal.'],
  ['en-1', 'Deploys', 'We deploy every weekday before noon; a rollback takes one command and five minutes.'],
] as const;

export async function put(server: AcervoProcess, id: string, title: string, text: string): Promise<void> {
  const body = { id, title, text, date: '2026-05-01' };
  const { status } = await server.post('/documents', body, { prefer: 'wait=30' });
  expect([200, 201]).toContain(status);
}
