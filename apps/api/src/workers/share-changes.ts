/**
 * What changes in one process shows in all: the writer tells the followers of each commit, and waits for them where a
 * text was taken away; caches are cleared everywhere. The followers look for commits by themselves too: news only make
 * it faster.
 */
import type { AnswerRemoval, TieredCache } from '@acervo/cache';
import { answerPrefix, type ClearableCache } from '@acervo/cache';
import type { CommitFollower, DocumentStore } from '@acervo/store';

import type { Group, NewsListener } from './group';
import type { News } from './messages';

export interface ChangeableParts {
  readonly store: DocumentStore;
  readonly answerCache: TieredCache | undefined;
  readonly answerRemoval: AnswerRemoval | undefined;
  readonly embeddingCache: ClearableCache | undefined;
  /** In followers. */
  readonly follower: CommitFollower | undefined;
}

export function shareChanges(group: Pick<Group, 'onNews' | 'spread'>, parts: ChangeableParts): void {
  group.onNews(reactionOf(parts));
  if (parts.follower !== undefined) return;
  parts.store.onChange((collection) => {
    void group.spread({ what: 'changed', collection });
  });
}

function reactionOf({ store, answerCache, answerRemoval, embeddingCache, follower }: ChangeableParts): NewsListener {
  return async (news: News): Promise<void> => {
    switch (news.what) {
      case 'changed':
        await follower?.look();
        return;
      case 'removed':
        store.noticeChange(news.collection);
        await answerRemoval?.now(news.collection);
        return;
      case 'cleared':
        await answerCache?.clear(answerPrefix(news.collection));
        if (news.collection === undefined) await embeddingCache?.clear();
        return;
      default:
        news satisfies never;
    }
  };
}
