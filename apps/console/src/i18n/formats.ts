/** Numbers, times and sizes as the reader's language writes them. */
import { useContext } from 'preact/hooks';

import { LanguageContext } from './language';
import type { Language } from './preferred-language';

export interface Formats {
  number(value: number, digits?: number): string;
  percent(value: number, digits?: number): string;
  date(iso: string): string;
  bytes(value: number): string;
  /** From seconds; µs, ms, s or minutes. */
  duration(seconds: number): string;
}

const formats = new Map<Language, Formats>();

export function useFormats(): Formats {
  const current = useContext(LanguageContext);
  const made = formats.get(current) ?? makeFormats(current === 'pt' ? 'pt-BR' : 'en-GB');
  formats.set(current, made);
  return made;
}

function makeFormats(tag: string): Formats {
  const number = (value: number, digits = 0): string =>
    new Intl.NumberFormat(tag, { maximumFractionDigits: digits }).format(value);
  return {
    number,
    percent: (value, digits = 0) =>
      new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: digits }).format(value),
    // A date without a time is a day, wherever the reader is.
    date: (iso) =>
      new Intl.DateTimeFormat(tag, { dateStyle: 'medium', ...(iso.length === 10 && { timeZone: 'UTC' }) }).format(
        new Date(iso),
      ),
    bytes(value) {
      const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
      const power = Math.min(value < 1 ? 0 : Math.floor(Math.log2(value) / 10), units.length - 1);
      return `${number(value / 1024 ** power, power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
    },
    duration(seconds) {
      if (seconds === 0) return '0 ms';
      if (seconds < 0.001) return `${number(seconds * 1e6)} µs`;
      if (seconds < 1) return `${number(seconds * 1e3, seconds < 0.01 ? 1 : 0)} ms`;
      if (seconds < 120) return `${number(seconds, 1)} s`;
      if (seconds < 7_200) return `${number(seconds / 60)} min`;
      if (seconds < 172_800) return `${number(seconds / 3_600)} h`;
      return `${number(seconds / 86_400)} d`;
    },
  };
}
