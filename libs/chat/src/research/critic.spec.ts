import { detectLanguage } from '@acervo/language';

import type { PackedSource } from '../pack-sources';
import { Critic } from './critic';

function source(documentId: string, text: string): PackedSource {
  return {
    ...{ index: 1, title: documentId, headings: [], text, language: detectLanguage(text), score: 0.5 },
    ...{ chunkId: documentId, documentId, origin: documentId, position: { start: 0, end: text.length } },
  };
}

function verdict(claim: string, other: string): string {
  const own = source('own', claim);
  const critic = new Critic();
  critic.read([own, source('other', other)]);
  const { supporters, opponents } = critic.judge({ text: claim, sources: [own] });
  if (opponents.length > 0) return 'contradicted';
  return supporters.length > 0 ? 'supported' : 'single_source';
}

describe('the critic', () => {
  it.each([
    [
      'The backup of the database runs every night at two.',
      'Every night at two a backup of the whole database runs on the second server.',
    ],
    [
      'Visitantes recebem um crachá provisório na recepção.',
      'Na recepção do prédio, os visitantes recebem crachás provisórios.',
    ],
    ['The limit of uploads is 1,000 files.', 'Uploads have a limit of 1000 files for each user.'],
  ])('finds %p borne out by %p', (claim, other) => {
    expect(verdict(claim, other)).toBe('supported');
  });

  it.each([
    ['O refeitório fecha às 14 horas na sexta-feira.', 'O refeitório fecha às 15 horas na sexta-feira.'],
    ['O refeitório abre às 11 horas e fecha às 14 horas.', 'O refeitório abre às 11 horas e fecha às 15 horas.'],
    ['The backup is kept for 30 days on the server.', 'The backup is kept for 60 days on the server.'],
    ['Redis is required for the cache of answers.', 'Redis is not required for the cache of answers.'],
    ['O servidor guarda as senhas dos usuários.', 'O servidor nunca guarda as senhas dos usuários.'],
  ])('finds %p contradicted by %p', (claim, other) => {
    expect(verdict(claim, other)).toBe('contradicted');
  });

  it.each([
    // About another thing.
    ['The limit of searches is 60 requests a minute.', 'The limit of conversations is 30 requests a minute.'],
    // Another unit.
    ['The backup of the database takes 2 hours.', 'The backup of the database takes 30 gigabytes.'],
    // Names with a number.
    ['Note 92 is about the backup of the database.', 'Note 164 is about the backup of the database.'],
    // Rows of a table.
    ['| development | 500 characters | 50 overlap |', '| development | 800 characters | 50 overlap |'],
    // Another language: not compared.
    ['The cafeteria closes at 14 hours on friday.', 'O refeitório fecha às 15 horas na sexta-feira.'],
    ['Short words only.', 'Short words.'],
  ])('leaves %p alone with %p', (claim, other) => {
    expect(verdict(claim, other)).toBe('single_source');
  });

  it('does not take the same document for another source', () => {
    const text = 'The backup of the database runs every night at two.';
    const [one, other] = [source('same', text), { ...source('same', `${text} It is kept for days.`), chunkId: 'b' }];
    const critic = new Critic();
    critic.read([one, other]);
    expect(critic.judge({ text, sources: [one] })).toEqual({ supporters: [], opponents: [] });
  });
});
