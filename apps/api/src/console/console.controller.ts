import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { Request, Response } from 'express';

import { Public } from '@acervo/identity';
import { fail } from '@acervo/problem';

import { version } from '../version';
import { ConsoleFiles } from './console-files';
import { sendAsset, sendPage } from './send-console-file';

/** Where a program that knocks at the front door finds things. */
const signpost = { name: 'acervo', version, docs: '/docs', openapi: '/docs-json', health: '/health' };

/** The front door: the console for browsers, a signpost for programs. The page itself needs no key; what it asks does. */
@ApiExcludeController()
@SkipThrottle()
@Public()
@Controller()
export class ConsoleController {
  constructor(private readonly files: ConsoleFiles) {}

  @Get()
  home(@Req() request: Request, @Res() response: Response): void {
    const page = this.files.index();
    if (request.accepts(['json', 'html']) !== 'html') response.vary('Accept').json(signpost);
    else if (page === undefined) response.redirect(302, '/docs');
    else sendPage(request, response, page);
  }

  @Get('console/assets/:name')
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    const file = this.files.asset(name);
    if (file === undefined) throw fail('ROUTE_NOT_FOUND', 'The console has no such file: load the page again.');
    sendAsset(request, response, file);
  }
}
