import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';

import { invalidRequest } from '@acervo/problem';

/** Nest's schema pipe with answers as problems: each issue with a JSON pointer. Must be global to act at all. */
@Injectable()
export class SchemaValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: invalidRequest });
  }

  /** A `__proto__` key is refused by the strict schemas; stripping it would accept the request in silence. */
  protected override stripProtoKeys(): void {
    // Nothing to strip: zod builds new objects and never assigns foreign keys.
  }
}
