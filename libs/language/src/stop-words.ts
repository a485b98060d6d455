import type { Language } from './language';

/**
 * Function words of both languages, lower case, accents folded: articles, prepositions and their contractions,
 * conjunctions, pronouns, auxiliaries, interrogatives. Compiled from the closed word classes of the grammars, so no
 * word that can be what somebody looks for ("state", "ser humano" keeps "humano") is lost alone.
 */
const portuguese = `
a o as os um uma uns umas ao aos da das do dos de dum duma em na nas no nos num numa por pela pelas pelo pelos para pra
com sem sob sobre entre ate apos desde contra perante durante mediante
e ou mas nem que se porque pois porem contudo todavia entretanto portanto logo como quando enquanto embora conforme caso
eu tu ele ela eles elas voce voces me te lhe lhes vos mim ti si comigo contigo conosco consigo
meu minha meus minhas teu tua teus tuas seu sua seus suas nosso nossa nossos nossas dele dela deles delas
este esta estes estas esse essa esses essas aquele aquela aqueles aquelas isto isso aquilo
deste desta destes destas desse dessa desses dessas daquele daquela daqueles daquelas disto disso daquilo
neste nesta nestes nestas nesse nessa nesses nessas naquele naquela naqueles naquelas nisto nisso naquilo
qual quais quem onde aonde cujo cuja cujos cujas quanto quanta quantos quantas
ser sou es e somos sao era eras eramos eram fui foi fomos foram seja sejam fosse fossem sera serao seria seriam sendo sido
estar estou estamos estao estava estavam esteve estiveram esteja estejam estaria
ter tenho tem temos tinha tinham teve tiveram tenha tenham tera terao teria teriam tendo tido
haver hei ha havia houve haja haver havera
foi ja nao sim tambem muito mais menos tao so ainda assim la ali aqui entao mesmo mesma outro outra outros outras
algum alguma alguns algumas nenhum nenhuma todo toda todos todas cada qualquer quaisquer tal tais`;

const english = `
a an the of in on at by to from for with without into onto upon over under about between among through during before after
above below against within per via
and or but nor so yet if then than because since while although though unless until when where whereas whether that
i you he she it we they me him her us them my your his its our their mine yours hers ours theirs
myself yourself himself herself itself ourselves themselves this these those
who whom whose which what why how
am is are was were be been being do does did doing done have has had having can could may might must shall should will would
not no dont doesnt didnt isnt arent wasnt werent cant couldnt wont wouldnt shouldnt hasnt havent
there here also very too just only such some any each every both either neither other another all more most as up out`;

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).filter((word) => word !== ''));
}

/** By language; `other` has none. */
export const stopWords: Readonly<Record<Language, ReadonlySet<string>>> = {
  pt: words(portuguese),
  en: words(english),
  other: new Set<string>(),
};
