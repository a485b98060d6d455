import { Injectable } from '@nestjs/common';

/** Where the process is in its life; only a ready one wants requests. */
@Injectable()
export class Readiness {
  state: 'starting' | 'ready' | 'stopping' = 'starting';
}
