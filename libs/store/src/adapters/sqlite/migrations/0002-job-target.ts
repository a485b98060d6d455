/** Which document a job is going to write, so that its removal finds the jobs that would bring it back. */
export const jobTarget = `
ALTER TABLE jobs ADD COLUMN collection TEXT;
ALTER TABLE jobs ADD COLUMN document TEXT;
UPDATE jobs SET collection = json_extract(input, '$.collection'), document = json_extract(input, '$.item.id')
  WHERE kind = 'ingest';
CREATE INDEX jobs_by_document ON jobs (collection, document);
`;
