import { DomainError } from '@acervo/kernel';

import { answerIn, ask, marksIn, openResearchFixture, readAll, type ResearchFixture } from './research.fixture';

let fixture: ResearchFixture;

beforeAll(async () => {
  fixture = await openResearchFixture();
});

afterAll(async () => {
  await fixture.close();
});

describe('a research with quotations alone', () => {
  it('answers each part of a question from its own document, in a section of its own', async () => {
    const question = 'Quantas vagas tem o estacionamento e quando é limpa a máquina de café?';
    const events = await readAll(fixture.researcher().research(ask(question), fixture.context()));
    const { plan, findings, report, citations, open, stoppedBy, model } = answerIn(events);
    expect(plan.slice(0, 2)).toEqual(['Quantas vagas tem o estacionamento?', 'quando é limpa a máquina de café?']);
    expect(new Set(citations.map(({ title }) => title))).toEqual(new Set(['Guia do visitante', 'Copa e refeitório']));
    expect([open, stoppedBy, model]).toEqual([[], 'done', 'extractive']);
    expect(report).toContain('## Quantas vagas tem o estacionamento?\n\n- O estacionamento tem 40 vagas');
    expect(report).toContain('## Quando é limpa a máquina de café?\n\n- A máquina de café');
    expect(marksIn(report).sort()).toEqual(citations.map(({ index }) => index).sort());
    expect(findings.flatMap((finding) => finding.citations).every((n) => n >= 1 && n <= citations.length)).toBe(true);
  });

  it('tells about every step before the report, and the report piece by piece', async () => {
    const question = 'How long does a restore of the database take?';
    const events = await readAll(fixture.researcher().research(ask(question), fixture.context()));
    const { report, findings, budgetUsed } = answerIn(events);
    const searches = events.filter((event) => event.type === 'search');
    expect(events[0]).toMatchObject({ type: 'plan', plan: [question] });
    expect(searches.map(({ mode }) => mode)).toEqual(['hybrid', 'lexical']);
    expect(searches[0]?.newSources.map(({ title }) => title)).toContain('Backup of the servers');
    expect(searches[1]?.newSources.every(({ documentId }) => documentId !== 'Backup of the servers')).toBe(true);
    expect(budgetUsed.searches).toBe(searches.length);
    expect(events.flatMap((event) => (event.type === 'finding' ? [event.finding.id] : []))).toEqual(
      findings.map(({ id }) => id),
    );
    expect(
      events
        .flatMap((event) => (event.type === 'report' ? [event.text] : []))
        .join('')
        .trimEnd(),
    ).toBe(report);
  });

  it('embeds the questions of a round together', async () => {
    const batches: (readonly string[])[] = [];
    const { embedder } = fixture;
    const embed = embedder.embedBatch.bind(embedder);
    const spy = jest.spyOn(embedder, 'embedBatch').mockImplementation(async (texts, kind, context) => {
      batches.push(texts);
      return await embed(texts, kind, context);
    });
    const question = 'What happens every night and who rotates the passwords of the servers?';
    await readAll(fixture.researcher().research(ask(question), fixture.context()));
    spy.mockRestore();
    expect(batches[0]).toEqual(['What happens every night?', 'who rotates the passwords of the servers?']);
  });

  it('says of a claim whether other documents bear it out or say otherwise', async () => {
    const question = 'O que os visitantes recebem na recepção e quando fecha o refeitório?';
    const { findings, report, citations } = answerIn(
      await readAll(fixture.researcher().research(ask(question), fixture.context())),
    );
    const about = (word: string) => findings.filter(({ claim }) => claim.includes(word));
    expect(about('crachá').map(({ agreement }) => agreement)).toContain('supported');
    const [closing] = about('refeitório');
    expect(closing?.agreement).toBe('contradicted');
    const titles = closing?.citations.map((number) => citations[number - 1]?.title);
    expect(new Set(titles)).toEqual(new Set(['Copa e refeitório', 'Regulamento interno']));
    expect(report).toMatch(/14 horas.*\[\d\] – mas outra fonte diz: “.*15 horas.*” \[\d\]/);
  });

  it('looks again for what stays open, and says so in the end', async () => {
    const question = 'Quantas vagas tem o estacionamento e qual a capital da Mongólia?';
    const events = await readAll(fixture.researcher().research(ask(question), fixture.context()));
    const { open, report, stoppedBy } = answerIn(events);
    const rounds = events.flatMap((event) => (event.type === 'search' ? [[event.round, event.question]] : []));
    expect(open).toEqual(['qual a capital da Mongólia?']);
    expect(rounds.filter(([round = 0]) => round > 1).length).toBeGreaterThan(0);
    expect(rounds.some(([round = 0, part]) => round > 1 && part === 0)).toBe(false);
    expect(report).toContain('## Em aberto\n\n- Qual a capital da Mongólia?');
    expect(stoppedBy).toBe('done');
  });

  it('refuses in the language of the question when nothing is known', async () => {
    const { findings, report, citations } = answerIn(
      await readAll(fixture.researcher().research(ask('What is the capital of Mongolia?'), fixture.context())),
    );
    expect([findings, citations]).toEqual([[], []]);
    expect(report).toContain('I found no answer to this question');
  });

  it('asks with the filters of the question alone', async () => {
    const asked = { ...ask('Quantas vagas tem o estacionamento?'), filters: { source: 'wiki/Backup' } };
    const events = await readAll(fixture.researcher().research(asked, fixture.context()));
    const sources = events.flatMap((event) => (event.type === 'search' ? event.newSources : []));
    expect(new Set(sources.map(({ title }) => title))).toEqual(new Set(['Backup of the servers']));
  });

  it('fails as a search does when there is nothing to search in', async () => {
    const asked = { ...ask('Quantas vagas tem o estacionamento?'), collection: 'nowhere' };
    const reading = readAll(fixture.researcher().research(asked, fixture.context()));
    await expect(reading).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
  });

  it('gives the same report for the same question', async () => {
    const question = 'What happens every night and who rotates the passwords of the servers?';
    const [one, other] = [
      await readAll(fixture.researcher().research(ask(question), fixture.context())),
      await readAll(fixture.researcher().research(ask(question), fixture.context())),
    ].map(answerIn);
    expect(one?.report).toBe(other?.report);
    expect(one?.findings).toEqual(other?.findings);
  });
});

describe('the budget of a research', () => {
  const question = 'Quantas vagas tem o estacionamento, quando é limpa a máquina de café e quando fecha o refeitório?';

  it('ends with the best report so far when its searches are over', async () => {
    for (const maxSearches of [1, 2, 3]) {
      const events = await readAll(fixture.researcher().research(ask(question, { maxSearches }), fixture.context()));
      const { budgetUsed, stoppedBy, open, findings } = answerIn(events);
      expect([budgetUsed.searches, stoppedBy]).toEqual([maxSearches, 'budget']);
      expect(findings.length).toBeGreaterThan(0);
      expect(open).toHaveLength(3 - maxSearches);
    }
  });

  it('ends with what was found when its time is over', async () => {
    let nowMs = 0;
    const researcher = fixture.researcher(undefined, { now: () => nowMs });
    const asked = ask('Quantas vagas tem o estacionamento e qual a capital da Mongólia?', { maxSeconds: 10 });
    const events = [];
    for await (const event of researcher.research(asked, fixture.context())) {
      events.push(event);
      // The searches of the first round took all that there was for searches.
      if (event.type === 'search') nowMs = 7_500;
    }
    const { stoppedBy, budgetUsed, findings, report, open } = answerIn(events);
    expect([stoppedBy, budgetUsed.seconds, budgetUsed.searches]).toEqual(['budget', 7.5, 4]);
    expect([open, findings.length > 0]).toEqual([['qual a capital da Mongólia?'], true]);
    expect(report).toMatch(/\[1\]/);
  });

  it('ends with nothing but what stays open when its time is over before any search', async () => {
    let nowMs = 0;
    const researcher = fixture.researcher(undefined, { now: () => nowMs });
    const events = [];
    for await (const event of researcher.research(ask(question, { maxSeconds: 10 }), fixture.context())) {
      events.push(event);
      nowMs = 20_000;
    }
    const { stoppedBy, budgetUsed, open, report } = answerIn(events);
    expect([stoppedBy, budgetUsed.searches, open.length]).toEqual(['budget', 0, 3]);
    expect(report).toContain('Não encontrei');
  });

  it('writes no more than its tokens allow', async () => {
    const { budgetUsed, stoppedBy } = answerIn(
      await readAll(fixture.researcher().research(ask(question, { maxTokens: 900 }), fixture.context())),
    );
    expect(budgetUsed.tokens).toBeLessThanOrEqual(900);
    expect(stoppedBy).toBe('budget');
  });

  it('is not to be repeated from memory when time cut it short, and is when nothing did', async () => {
    let nowMs = 0;
    const cut = fixture.researcher(undefined, { now: () => (nowMs += 3_000) });
    const short = (await readAll(cut.research(ask(question, { maxSeconds: 10 }), fixture.context()))).at(-1);
    const whole = (await readAll(fixture.researcher().research(ask(question), fixture.context()))).at(-1);
    expect([short, whole]).toMatchObject([{ repeatable: undefined }, { repeatable: { generation: 1 } }]);
  });
});

describe('the end of a research that nobody wants any more', () => {
  it('comes at once, whatever it is doing', async () => {
    const question = 'Quantas vagas tem o estacionamento e quando é limpa a máquina de café?';
    for (const stopAt of ['plan', 'search', 'finding', 'report']) {
      const leaving = new AbortController();
      const context = { signal: leaving.signal, deadlineMs: performance.now() + 20_000 };
      let leftMs = NaN;
      const read = async (): Promise<void> => {
        for await (const { type } of fixture.researcher().research(ask(question), context)) {
          if (type !== stopAt) continue;
          leftMs = performance.now();
          leaving.abort();
        }
      };
      const failure: unknown = await read().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DomainError);
      expect(failure).toMatchObject({ code: 'REQUEST_CANCELLED' });
      expect(performance.now() - leftMs).toBeLessThan(250);
    }
  });
});
