/** A real Chromium for the pages: what they show, say and ask for is seen as a person would meet it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

import { repositoryRoot } from '../acervo-process';

const program = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** `describe` where Chromium is installed; elsewhere the suite is skipped, loudly. Debian: apt-get install chromium. */
export function describeWithChromium(name: string, suite: () => void): void {
  if (program !== undefined) {
    describe(name, suite);
    return;
  }
  process.stderr.write(`!!! SKIPPED, Chromium is not installed: ${name}\n`);
  describe.skip(name, suite);
}

export async function launchChromium(): Promise<Browser> {
  // CI runs as root in a container, where the sandbox of Chromium cannot be had.
  return await chromium.launch({ executablePath: program ?? 'chromium', args: ['--no-sandbox'] });
}

export const looks = {
  light: { viewport: { width: 1280, height: 860 }, colorScheme: 'light', locale: 'en-GB' },
  dark: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark', locale: 'pt-BR' },
  mobile: {
    viewport: { width: 360, height: 740 },
    colorScheme: 'light',
    locale: 'pt-BR',
    isMobile: true,
    hasTouch: true,
  },
} as const satisfies Record<string, BrowserContextOptions>;
export type Look = keyof typeof looks;

export interface Visit {
  readonly page: Page;
  /** What the browser complained of: errors, also those of the policy. */
  readonly complaints: string[];
  /** Addresses of other origins that were asked for. */
  readonly foreign: string[];
  readonly close: () => Promise<void>;
}

export async function visit(browser: Browser, origin: string, look: Look): Promise<Visit> {
  const context = await browser.newContext(looks[look]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) foreign.push(request.url());
  });
  return { page, complaints, foreign, close: () => context.close() };
}

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of axe-core, each with the elements it is about. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // By the debugger: the policy of the page lets nobody add a script.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    return await inPage.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`,
    );
}

/** Pixels that the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate('document.documentElement.scrollWidth - innerWidth');
}

const gallery = join(repositoryRoot, '.ci', 'artefacts', 'screenshots');

/** Kept for whoever wants to see how it looked. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(gallery, { recursive: true });
  // Movements are over by then.
  await page.screenshot({ path: join(gallery, `${name}.png`), animations: 'disabled' });
}
