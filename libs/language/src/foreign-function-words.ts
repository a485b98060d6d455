/**
 * The commonest function words, accents folded, of languages that share words with Portuguese or English, so that their
 * texts are recognised as neither: Spanish, French, German, Italian. Compiled from the grammars.
 */
const lists = [
  `el la los las lo un una unos unas y o e de del al a en con por para sin sobre que quien como cuando donde porque si no
   se su sus le les me te nos es son era fue ser esta este esto estos estas ese eso mas pero ya muy hay tambien entre desde
   hasta cual cuales puedo puede como hacer cada todo todos`,
  `le la les un une des du de d l et ou mais que qui quoi dont ou est sont etait etre a au aux en dans par pour sur avec
   sans ce cet cette ces il elle ils elles nous vous je tu on ne pas plus se sa son ses leur leurs y comment quand si
   comme tout tous faire peut`,
  `der die das den dem des ein eine einen einem einer und oder aber nicht ist sind war wird werden hat haben zu zum zur
   mit von vom fur auf im in an am bei nach aus uber als auch wie was wer wo ich du er sie es wir ihr sich man nur noch so
   wenn dass kann`,
  `il lo la i gli le un uno una e o ma di del della dei delle dello da dal in nel nella con su per tra fra che chi cui come
   quando dove perche se non si e sono era essere ha hanno questo questa questi queste quello piu anche ci ne al alla ai
   alle puo`,
];

export const foreignFunctionWords: readonly ReadonlySet<string>[] = lists.map((list) => new Set(list.split(/\s+/)));
