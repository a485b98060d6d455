/** The console as a person meets it: a real Chromium, a built server, pages of the manual. */
import type { Browser, Page } from 'playwright-core';

import { startNginxServer } from '@acervo/testing';

import { createKey } from '../acervo-command';
import { AcervoProcess } from '../acervo-process';
import {
  describeWithChromium,
  keepPicture,
  launchChromium,
  looks,
  overflow,
  seriousFindings,
  visit,
  type Look,
  type Visit,
} from './browser';
import { startSampleServer, type SampleServer } from './sample-server';

jest.setTimeout(90_000);

const questions = {
  light: {
    search: 'How do I back up the data?',
    chat: 'What is worth saving in a backup?',
    research: 'What happens when Redis is away, and what happens when Chroma is away?',
  },
  dark: {
    search: 'Como configurar Docker?',
    chat: 'O que vale a pena salvar?',
    research: 'Como configurar Docker, e como fazer backup?',
  },
  mobile: {
    search: 'Como configurar Docker?',
    chat: 'O que vale a pena salvar?',
    research: 'Como configurar Docker, e como fazer backup?',
  },
} as const;

describeWithChromium('the console', () => {
  let sample: SampleServer;
  let browser: Browser;
  let here: Visit | undefined;

  beforeAll(async () => {
    [sample, browser] = await Promise.all([startSampleServer(), launchChromium()]);
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await sample.stop();
  });
  afterEach(async () => {
    await here?.close();
    here = undefined;
  });

  async function open(look: Look, path: string): Promise<Page> {
    here = await visit(browser, sample.acervo.url, look);
    await here.page.goto(sample.acervo.url + path);
    return here.page;
  }

  /** What every page owes everybody; the picture is kept. */
  async function inspect(page: Page, look: Look, name: string): Promise<void> {
    await keepPicture(page, `${name}-${look}`);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await seriousFindings(page)).toEqual([]);
    expect(here?.complaints).toEqual([]);
    expect(here?.foreign).toEqual([]);
  }

  describe.each(Object.keys(looks) as Look[])('in the look %s', (look) => {
    it('searches, explains each place and opens the passage in its document', async () => {
      const page = await open(look, '/');
      await inspect(page, look, 'home');
      await page.getByRole('searchbox').fill(questions[look].search);
      await page.keyboard.press('Enter');
      await page.locator('.card').first().waitFor();
      expect(await page.locator('.card mark').count()).toBeGreaterThan(0);
      await page.locator('.summary .button').click();
      await page.locator('.card .button-small').first().click();
      expect(await page.locator('.why-step').count()).toBe(4);
      expect(await page.locator('.stage').count()).toBeGreaterThan(0);
      await inspect(page, look, 'search');

      const passage = (await page.locator('.passage-text').first().innerText()).replace(/\s+/g, ' ').slice(0, 60);
      await page.locator('.card .link-title').first().click();
      const mark = page.locator('.reader mark');
      await mark.waitFor();
      expect((await mark.innerText()).replace(/\s+/g, ' ').trim()).toContain(passage.trim());
      await mark.evaluate('new Promise(requestAnimationFrame)');
      expect(await mark.isVisible()).toBe(true);
      await inspect(page, look, 'reader');
      await page.keyboard.press('Escape');
      await page.locator('.reader').waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.className')).toBe('link-title');
    });

    it('narrows by filters that the address keeps', async () => {
      const page = await open(look, `/#/search?q=docker&source=docs%2Fen%2F&type=markdown`);
      await page.locator('.card').first().waitFor();
      const sources = await page.locator('.card .facts span:first-child').allInnerTexts();
      expect(sources.every((source) => source.startsWith('docs/en/'))).toBe(true);
      await inspect(page, look, 'filters');
      await page.locator('.filters .chip', { hasText: 'pdf' }).click();
      await page.locator('.filters .chip', { hasText: 'markdown' }).click();
      await page.locator('.empty').waitFor();
      expect(page.url()).toContain('type=pdf');
      await inspect(page, look, 'nothing-found');
    });

    it('answers with citations that lead to their document, and keeps the conversation', async () => {
      const page = await open(look, '/#/chat');
      await page.locator('.empty').waitFor();
      await inspect(page, look, 'chat-empty');
      await page.locator('.composer textarea').fill(questions[look].chat);
      await page.keyboard.press('Enter');
      await page.locator('.source').first().waitFor();
      await inspect(page, look, 'chat');
      await page.locator('button.cite').first().click();
      await page.locator('.reader mark').waitFor();
      expect((await page.locator('.reader mark').innerText()).length).toBeGreaterThan(5);
      await page.keyboard.press('Escape');
      await page.waitForURL(/#\/chat\?c=/);
      await page.reload();
      await page.locator('.turn .prose').waitFor();
      expect(await page.locator('.question').innerText()).toContain(questions[look].chat);
      expect(here?.complaints).toEqual([]);
    });

    it('researches in front of the reader', async () => {
      const page = await open(look, '/#/research');
      await inspect(page, look, 'research-empty');
      await page.locator('.ask input').fill(questions[look].research);
      await page.keyboard.press('Enter');
      await page.locator('.plan li').first().waitFor();
      await page.locator('.paper .prose').waitFor();
      await page.locator('.sources').waitFor();
      expect(await page.locator('.plan li.is-found').count()).toBeGreaterThan(0);
      expect(await page.locator('.paper button.cite').count()).toBeGreaterThan(0);
      expect(await page.locator('.use').count()).toBe(3);
      await inspect(page, look, 'research');
    });

    it('lists documents', async () => {
      const page = await open(look, '/#/documents');
      await page.locator('.documents tbody tr').first().waitFor();
      await inspect(page, look, 'documents');
    });

    it('shows what the server does', async () => {
      const page = await open(look, '/#/dashboard');
      await page.locator('.tile').first().waitFor();
      await inspect(page, look, 'dashboard');
      // The first sample comes within ten seconds of the start.
      await page.locator('.uplot canvas').first().waitFor();
      await keepPicture(page, `dashboard-charts-${look}`);
      expect(here?.complaints).toEqual([]);
    });

    it('meets whoever follows a wrong link', async () => {
      const page = await open(look, '/nowhere');
      await page.locator('.hero').waitFor();
      // The browser itself reports the status of the page.
      expect(here?.complaints.filter((text) => !text.includes('404'))).toEqual([]);
      await keepPicture(page, `not-found-${look}`);
      expect(await seriousFindings(page)).toEqual([]);
      await page.locator('main .button-main').click();
      await page.getByRole('searchbox').waitFor();
    });
  });

  it('takes files and texts, says what becomes of each, and removes them', async () => {
    const page = await open('light', '/#/documents');
    await page.locator('.documents tbody tr').first().waitFor();
    await page.locator('input[type=file]').setInputFiles([
      { name: 'office.md', mimeType: 'text/markdown', buffer: Buffer.from('# Office\n\nOur office is in Recife.') },
      { name: 'broken.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 nothing') },
    ]);
    await page.locator('.is-succeeded', { hasText: 'office.md' }).waitFor();
    const broken = page.locator('.is-failed', { hasText: 'broken.pdf' });
    await broken.waitFor();
    expect(await broken.innerText()).toContain('DOCUMENT_UNREADABLE');
    await page.getByRole('button', { name: 'Paste text' }).click();
    await page.getByLabel('Title').fill('On call');
    await page.getByLabel('Text', { exact: true }).fill('When the payment queue grows, page the platform team.');
    await inspect(page, 'light', 'documents-intake');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('.is-succeeded', { hasText: 'On call' }).waitFor();
    const row = page.locator('.documents tr', { hasText: 'On call' });
    await row.waitFor();
    await row.getByRole('button', { name: /^Remove/ }).click();
    await inspect(page, 'light', 'documents-remove');
    await page.locator('dialog').getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'detached' });
    const { body } = await sample.acervo.get<{ documents: { title: string }[] }>('/documents');
    expect(body.documents.map(({ title }) => title)).not.toContain('On call');
  });

  it('takes files that are dropped', async () => {
    const page = await open('light', '/#/documents');
    await page.locator('.documents tbody tr').first().waitFor();
    const dropped = await page.evaluateHandle(
      "(() => { const all = new DataTransfer(); all.items.add(new File(['The canteen opens at noon.'], 'canteen.txt')); return all; })()",
    );
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
    await page.locator('.is-succeeded', { hasText: 'canteen.txt' }).waitFor();
  });

  it('makes a collection and adds to it', async () => {
    const page = await open('light', '/#/documents');
    await page.getByRole('button', { name: 'New collection' }).click();
    await page.locator('dialog input').fill('handbook');
    await page.locator('dialog').getByRole('button', { name: 'Create' }).click();
    await page.locator('.empty').waitFor();
    expect(page.url()).toContain('collection=handbook');
    expect(await page.getByLabel('Collection').inputValue()).toBe('handbook');
  });

  it('stops an answer where it is', async () => {
    const page = await open('light', '/#/chat');
    await page.locator('.composer textarea').fill('What is worth saving in a backup? Please recite it all');
    await page.keyboard.press('Enter');
    await page.locator('.answer.is-growing .prose').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped.').waitFor();
    const text = await page.locator('.answer .prose').innerText();
    expect(text.length).toBeGreaterThan(0);
    expect(await page.locator('.answer.is-growing').count()).toBe(0);
  });

  it('is walked by the keyboard alone', async () => {
    const page = await open('light', '/#/search?q=redis');
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.name')).toBe('q');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const second = await page.locator('.link-title').nth(1).innerText();
    expect(await page.evaluate('document.activeElement.textContent')).toBe(second);
    await page.keyboard.press('Enter');
    await page.locator('.reader mark').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.reader').waitFor({ state: 'detached' });
    await page.locator('.link-title:focus').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement.name')).toBe('q');
  });

  it('speaks the language of the browser, and the one that is chosen', async () => {
    const page = await open('dark', '/');
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    await page.getByText('Pergunte aos seus documentos').waitFor();
    await page.getByRole('button', { name: 'EN', exact: true }).click();
    await page.getByText('Ask your documents').waitFor();
    await page.reload();
    await page.getByText('Ask your documents').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('is dark when that is chosen, whatever the system says', async () => {
    const page = await open('light', '/');
    const paper = 'getComputedStyle(document.documentElement).backgroundColor';
    const light = await page.evaluate(paper);
    await page.getByLabel('Theme').selectOption('dark');
    expect(await page.evaluate(paper)).not.toBe(light);
  });

  it('says that the server is away, and goes on when it is back', async () => {
    const page = await open('light', '/#/search?q=redis');
    await page.locator('.card').first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole('searchbox').fill('nginx');
    await page.keyboard.press('Enter');
    await page.getByText('The server does not answer').waitFor();
    await keepPicture(page, 'server-away-light');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.card').first().waitFor();
  });

  it('shows a problem with its mend and the id of its request', async () => {
    const page = await open('light', '/#/search?q=redis&collection=nowhere');
    const notice = page.locator('.notice-problem');
    await notice.waitFor();
    expect(await notice.innerText()).toMatch(
      /There is no such collection[^]*COLLECTION_NOT_FOUND[^]*request [0-9a-f-]{36}/,
    );
    await keepPicture(page, 'problem-light');
  });

  it('lets no text of a document become a part of the page', async () => {
    const text =
      '<img src=x onerror=alert(1)> <script>alert(1)</script> The zebra protocol is documented [here](javascript:alert(1)).';
    const made = await sample.acervo.post('/documents', { title: '<b>Zebra</b>', text }, { prefer: 'wait=50' });
    expect(made.status).toBe(201);
    const page = await open('light', '/#/search?q=zebra%20protocol&mode=lexical');
    const card = page.locator('.card', { hasText: '<b>Zebra</b>' });
    await card.waitFor();
    expect(await card.locator('img, script, b').count()).toBe(0);
    await card.locator('.link-title').click();
    await page.locator('.reader mark').waitFor();
    expect(await page.locator('.reader').locator('img, script, a').count()).toBe(0);
    expect(here?.complaints).toEqual([]);
  });

  it('works behind a proxy, streams included', async () => {
    const nginx = await startNginxServer(
      '',
      `location / { proxy_pass ${sample.acervo.url}; proxy_set_header Host $host; }`,
    );
    try {
      here = await visit(browser, nginx.url, 'light');
      const { page } = here;
      await page.goto(`${nginx.url}/#/chat`);
      await page.locator('.composer textarea').fill(questions.light.chat);
      await page.keyboard.press('Enter');
      await page.waitForURL(/#\/chat\?c=/);
      await page.locator('button.cite').first().click();
      await page.locator('.reader mark').waitFor();
      expect([here.complaints, here.foreign]).toEqual([[], []]);
    } finally {
      await nginx.stop();
    }
  });

  it('shows the reference under its own policy without a complaint', async () => {
    const page = await open('light', '/docs');
    await page.locator('.opblock').first().waitFor();
    await keepPicture(page, 'reference-light');
    expect(here?.complaints).toEqual([]);
    expect(here?.foreign).toEqual([]);
  });
});

describeWithChromium('the console of a server with keys', () => {
  let server: AcervoProcess;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([AcervoProcess.start({ AUTH: 'keys' }), launchChromium()]);
    await server.ready();
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  it('asks for a key, refuses a wrong one, and keeps the right one as long as the tab', async () => {
    const { key } = await createKey(server.dataDirectory, '--scope', 'search');
    const { page, close } = await visit(browser, server.url, 'light');
    await page.goto(`${server.url}/#/search?q=office`);
    const dialog = page.locator('dialog');
    await dialog.getByText('An API key, please').waitFor();
    await keepPicture(page, 'key-light');
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.locator('input').fill('acv_wrong');
    await page.keyboard.press('Enter');
    await dialog.getByText('does not accept the key').waitFor();
    await dialog.locator('input').fill(key);
    await page.keyboard.press('Enter');
    await page.locator('.empty').waitFor();
    expect(await dialog.count()).toBe(0);
    await page.reload();
    await page.locator('.empty').waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(key);
    await close();
  });
});
