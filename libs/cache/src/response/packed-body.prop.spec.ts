import fc from 'fast-check';

import { bodyIn, packBodies, withBody } from './packed-body';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 50 }).map((array) => Buffer.from(array));

describe('packed bodies', () => {
  it('come out as they went in, whichever are there', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.option(bytes, { nil: undefined }),
        fc.option(bytes, { nil: undefined }),
        (identity, gzip, br) => {
          const packed = packBodies({ identity, ...(gzip && { gzip }), ...(br && { br }) });
          expect(bodyIn(packed, 'identity')).toEqual(identity);
          expect(bodyIn(packed, 'gzip')).toEqual(gzip);
          expect(bodyIn(packed, 'br')).toEqual(br);
          expect(packed.buffer.byteLength).toBe(packed.byteLength);
        },
      ),
    );
  });

  it('take one coding more without losing another', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (identity, gzip, br) => {
        const packed = withBody(withBody(packBodies({ identity }), 'br', br), 'gzip', gzip);
        expect(packed).toEqual(packBodies({ identity, gzip, br }));
      }),
    );
  });
});
