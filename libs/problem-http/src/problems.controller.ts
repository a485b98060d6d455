import { Controller, Get, Param } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';

import { Public } from '@acervo/identity';
import { catalogue, fail, isProblemCode, type ProblemCode } from '@acervo/problem';

interface Explanation {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly retryable: boolean;
}

function explain(code: ProblemCode): Explanation {
  const { status, title, detail, retryable = false } = catalogue[code];
  return { code, status, title, detail, retryable };
}

/** The pages that the `type` of a problem leads to. */
@ApiTags('problems')
@SkipThrottle()
@ApiExtension('x-rate-limit', 'none')
@Public()
@Controller('problems')
export class ProblemsController {
  @Get()
  @ApiOperation({ summary: 'All error codes with status and mend' })
  @ApiOkResponse({ description: 'The catalogue' })
  list(): { readonly problems: readonly Explanation[] } {
    return { problems: (Object.keys(catalogue) as ProblemCode[]).map(explain) };
  }

  @Get(':code')
  @ApiOperation({ summary: 'One error code explained' })
  @ApiParam({ name: 'code', example: 'REQUEST_INVALID' })
  @ApiOkResponse({ description: 'The explanation' })
  find(@Param('code') code: string): Explanation {
    if (!isProblemCode(code)) throw fail('ROUTE_NOT_FOUND', 'There is no such code: GET /problems lists them all.');
    return explain(code);
  }
}
