import type { ExpositionFormat } from './exposition';

/**
 * The form that a client wants: `?format=` decides, then `Accept` by its weights; JSON for everybody who does not say.
 * What is asked for and unknown is JSON as well.
 */
export function wantedFormat(accept: string | undefined, format: string | undefined): ExpositionFormat | 'json' {
  if (format === 'prometheus' || format === 'openmetrics') return format;
  if (format !== undefined || accept === undefined) return 'json';
  let best: { readonly format: ExpositionFormat | 'json'; readonly weight: number } = { format: 'json', weight: 0 };
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const offered = formatOf(type);
    const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
    if (offered !== undefined && weight > best.weight) best = { format: offered, weight };
  }
  return best.format;
}

function formatOf(type: string): ExpositionFormat | 'json' | undefined {
  switch (type) {
    case 'application/openmetrics-text':
      return 'openmetrics';
    case 'text/plain':
      return 'prometheus';
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json';
    default:
      return undefined;
  }
}
