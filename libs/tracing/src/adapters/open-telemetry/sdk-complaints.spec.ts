import { SdkComplaints } from './sdk-complaints';

describe('Complaints of the SDK', () => {
  it('are told once a minute, with the number of those that were not', () => {
    let nowMs = 0;
    const told: string[] = [];
    const complaints = new SdkComplaints(
      (message) => told.push(message),
      () => nowMs,
    );
    for (let nth = 0; nth < 5; nth += 1) complaints.error('collector away');
    expect(told).toEqual(['collector away']);
    nowMs = 60_000;
    complaints.warn('collector away');
    expect(told[1]).toBe('collector away (4 more since the last one)');
  });
});
