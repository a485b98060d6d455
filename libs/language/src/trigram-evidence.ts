/**
 * Log odds (natural, rounded to halves) of letter triples of content words, Portuguese over English; `^` and `$` stand
 * for the ends of a word, accents folded. The 1,081 triples that tell most, from word types (weighted by the logarithm of
 * their frequency) of passages in both languages: encyclopedia, science, ocean policy, software documentation.
 */
const table: readonly (readonly [number, string])[] = [
  [-4, 'ed$'],
  [-3.5, 'cce cyt ely ffe ity ly$ nts ted tio tly zat'],
  [
    -3,
    '^cy abl ccu ct$ cts cy$ cyc gly hyd hyp ked lly mma mmu ncy ned ntl ppr rly syn thr ty$ typ uct upp ydr yto zed',
  ],
  [
    -2.5,
    '^hy ^sy ^up acc acy add aph app ary att ble bly cti ctl eff eig fy$ ged gge gth hed hro hys ic$ ify imm ing ipt led loa low lyc lym lys ng$ nt$ occ ocy oly oph ors osy oug pho phy ply ppo rs$ siz sph spl sts sym thm tho tie ts$ wid ycl yla yme ymp ynt ype ysi yth yti',
  ],
  [
    -2,
    '^dy ^ly ^my ^ov ^py ^sp ^st ^th aff aft ain all als aly amm ath ays beh cle cog cs$ ddi ded ds$ dyn eas eed ery ets ety ffi ful glu gs$ gy$ hem hes hic hs$ hy$ hyl ics id$ ies iev iff it$ ize kes kin ks$ lea llu lop loy ls$ mmi mph mpt nab nds neu nke nme non nsl nth ody ogn ogy oke omm on$ ory oth oty oun ous owi oxy phe phi ppe ppl pt$ pti pts py$ rms ry$ ryo see sm$ ss$ st$ swe sys tee the thi ths thy tme try tti ugg ule ure ved wea wed wer wor yin yna ypo ys$ yst yte',
  ],
  [
    -1.5,
    '^ai ^ea ^ki ^ph ^sh ^sl ^sm ^ty ^wo act ail ake ap$ ase ask atc ate bed cat cke cks cov ctu dea din eak ear eat ect eep els epl ept et$ eth ex$ fie fou ft$ ge$ ges ght gli hap hea her hoo hre ht$ iab iat ibl ict ids iew ift igh ily in$ ink ion ip$ ips ish ith its itt ium izi jec ket kno lat le$ llo loo mme ms$ ngs nin ns$ oad oid oin oll omy ook ool ork ose out ow$ owe own pha ps$ rch rds rip rke rm$ rn$ rph rse rth rts rve sed she tak tch th$ tha tia too tte ucl ugh ull umm use ut$ uth vat ve$ wat way win wn$ ws$ ze$',
  ],
  [
    -1,
    '^bl ^he ^on ^ou ^sc ^un ^wa ^we ^wi ach ack agn air al$ ank ard ark ars at$ ati ay$ bit bla but cal cco ce$ ch$ che ck$ cod ctr dat dge dri duc dy$ ell en$ ene epi erl ers eur fec fla flo gat get gin hal hel hen hin hip hol hon hot ice ick ied ill ine ise ive ke$ ker lay ld$ les lie lip lit ll$ lla lle lli lls lt$ mal mbe nat nce nct nd$ ne$ nes ngi nit nne nuc och ock od$ off oge ol$ onn ons ood opa opt osp ot$ our pat pe$ pea pin rap rat rd$ rdi rea red rie rt$ ruc se$ sea ses sh$ sho sib sio som sur tat tea tin tle uat um$ uno urr us$ ute vie vir vit',
  ],
  [
    -0.5,
    '^bu ^ch ^cl ^dr ^ev ^fl ^gl ^ha ^is ^ne ^nu ad$ age an$ ann ans asi ast aut cep ces cha chi cho cin cit clo cro cte cto del eac ead ech eli eng er$ erg esi fac gen gro han har ial icr ier ile ire ite iti lec ler lif lin lti lut mat me$ met mpl nal ner net nge not old ope orp osi oti ove oxi pic ple ral re$ ree rge rin riv rog rom rop rou shi sin sis sit ssi sum tab tai tom top uce ude unc unt uri uti ves war',
  ],
  [
    0.5,
    '^ab ^af ^al ^am ^ap ^at ^ba ^ci ^fu ^ju ^ob ^oc ^pe ^te ^vi ala ali ana are ari arr ata atu bal bar bel bri car cen clu col con dan dem dic dim dio dir ecu ede ega egi egu el$ ela emp ena enc end ent erc err ese est eta exi fra gan gas gui ian ibe ibu ica ici ifi iga ime ina ino inu ior iri ist itu lam leg lia lim liz lor los man mpe mpo mpr nam ncl ndi nic nos ntr oca oci ola oli ona ont opo orc ore ori orr oss ost pac pal pas pes pet pra que qui rci rem res rev rga rig rim rma rna rof ros rra rre sca sco sem sen sta te$ tem uar uir ume uta uto var vel vis',
  ],
  [
    1,
    '^jo aba abe aci acu aga ama and ano apa aqu ara ave bui can cei cid cob dam dar de$ des eca ece eci eda edo env esc esp fal fic fun gam gar gur ham ie$ igi igo inh is$ isa ita iza la$ lac lta lvi ma$ mas mba men mid na$ nar nas nda nec nhe niv nov nta nte oco ofi olv ora orn osa ota ova pa$ pod raf ras ria rid rta rva san sic smo sof sso stu tac tas tei tid tua udo uic uin upe ura vas via vid vol',
  ],
  [
    1.5,
    'abr ade ame amo ar$ atr cas cia cic cim cup eo$ eto ez$ ga$ gac gem go$ gos ha$ hec ia$ iac imo ir$ iro ito iva jet lca lei lid lma lto mei mos nac nci nha nio nsa nun nvo ofe po$ rad ram rar rav rca rda rei rio sar ssa tam tar tou uad uca uid ulo upa usa utu vac za$ zen',
  ],
  [
    2,
    '^es alm ava bai cam ceb ceu cno cos dei dez em$ erd esa fia gia gid hid ho$ iam iar ios ira ixo lo$ lui mad nai ndo nid no$ omu oqu orf pad pei pia ra$ rno ro$ rqu rto rut sa$ sas seg so$ sos ta$ tir tos tui ua$ ui$ uso xo$ zan zar',
  ],
  [
    2.5,
    'aco aju am$ anh arq aum aze cac cad cai cio co$ did dor dut ecn eis eit eix eja eu$ eza faz fei gad gir had ias iav ida idr io$ ivo ixa jog lad lda lme nad nca nho nto obr ofu oia olh onh rao rir sob uda uec uia uiu vad vei xig zam zid',
  ],
  [
    3,
    '^aj ada afi aio ais aix apr as$ ca$ coe da$ eir esq fon ico ido lha lhe lho mo$ sad soe tav to$ uai uem uim va$ vo$',
  ],
  [3.5, 'das dos duz eia elh iai ilh iu$ oes os$ uzi vam zac'],
  [4, 'aca ado alh ao$ cao dad do$ iad ou$ sao tad vos zad'],
];

const evidence: ReadonlyMap<string, number> = new Map(
  table.flatMap(([logOdds, triples]) => triples.split(' ').map((triple) => [triple, logOdds] as const)),
);

/** Mean evidence of a folded word: above 0 looks Portuguese, below 0 English; 0 for words of other scripts. */
export function wordEvidence(word: string): number {
  const framed = `^${word}$`;
  let sum = 0;
  for (let at = 0; at + 3 <= framed.length; at++) sum += evidence.get(framed.slice(at, at + 3)) ?? 0;
  return sum / Math.max(1, framed.length - 2);
}
