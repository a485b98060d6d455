/** Three significant digits, as people read them; – for what was not measured. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toString();
  return value === 0 ? '0' : String(Number(value.toPrecision(3)));
}

export function showMs(ms: number): string {
  return Number.isFinite(ms) ? `${showNumber(ms)} ms` : '–';
}

export function showShare(share: number): string {
  return Number.isFinite(share) ? `${showNumber(Math.round(share * 1_000) / 10)} %` : '–';
}
