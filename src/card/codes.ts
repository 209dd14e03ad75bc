import type { Sex } from '../domain/card.js';

/** GB/T 2261.1. The 1980 edition also had 5 and 6 (corrected records); they are read as unknown. */
const SEX_CODES: Readonly<Record<string, Sex>> = {
  '0': 'unknown',
  '1': 'male',
  '2': 'female',
  '5': 'unknown',
  '6': 'unknown',
  '9': 'not-stated',
};

/** The sex that a card's one-character code stands for; blank means unknown, anything else is no code. */
export function sexFromCode(code: string): Sex | undefined {
  return code === '' ? 'unknown' : SEX_CODES[code];
}

export function sexToCode(sex: Sex): string {
  return { unknown: '0', male: '1', female: '2', 'not-stated': '9' }[sex];
}

/** GB/T 3304, in the order of the code: 01 is the first. */
const ETHNIC_GROUPS = (
  '汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 ' +
  '柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 ' +
  '塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺'
).split(' ');

/** Name of an ethnic group; an unknown code is shown as itself, because provinces have used codes of their own. */
export function ethnicGroupName(code: string): string {
  if (code === '97') return '其他';
  if (code === '98') return '外国血统中国籍人士';
  return ETHNIC_GROUPS[Number(code) - 1] ?? code;
}

/** First two digits of GB/T 2260 division codes: provinces, municipalities, autonomous and special regions. */
const PROVINCES: Readonly<Record<string, string>> = {
  '11': '北京',
  '12': '天津',
  '13': '河北',
  '14': '山西',
  '15': '内蒙古',
  '21': '辽宁',
  '22': '吉林',
  '23': '黑龙江',
  '31': '上海',
  '32': '江苏',
  '33': '浙江',
  '34': '安徽',
  '35': '福建',
  '36': '江西',
  '37': '山东',
  '41': '河南',
  '42': '湖北',
  '43': '湖南',
  '44': '广东',
  '45': '广西',
  '46': '海南',
  '50': '重庆',
  '51': '四川',
  '52': '贵州',
  '53': '云南',
  '54': '西藏',
  '61': '陕西',
  '62': '甘肃',
  '63': '青海',
  '64': '宁夏',
  '65': '新疆',
  '71': '台湾',
  '81': '香港',
  '82': '澳门',
};

/** Prefixes that only residence permits carry (2018): Hong Kong, Macau, Taiwan. */
const PERMIT_PREFIXES: ReadonlySet<string> = new Set(['81', '82', '83']);

/**
 * Is the two-digit prefix one that was ever given? Only two digits are looked at: the six-digit table changes
 * every year, and a code stays with its holder for life.
 */
export function isProvincePrefix(prefix: string): boolean {
  return Object.hasOwn(PROVINCES, prefix);
}

export function isPermitPrefix(prefix: string): boolean {
  return PERMIT_PREFIXES.has(prefix);
}

export function provinceName(prefix: string): string | undefined {
  return PROVINCES[prefix];
}

/** Codes of authorities that accept applications for permanent residence; only this one is known in public. */
export function issuerName(code: string): string | undefined {
  return code === '1500' ? '公安部' : undefined;
}

/** ISO 3166-1: alpha-3 and numeric, as one word each. Source: the standard's public list (249 entries). */
const COUNTRIES = (
  'ABW533 AFG004 AGO024 AIA660 ALA248 ALB008 AND020 ARE784 ARG032 ARM051 ASM016 ATA010 ATF260 ATG028 AUS036 AUT040 ' +
  'AZE031 BDI108 BEL056 BEN204 BES535 BFA854 BGD050 BGR100 BHR048 BHS044 BIH070 BLM652 BLR112 BLZ084 BMU060 BOL068 ' +
  'BRA076 BRB052 BRN096 BTN064 BVT074 BWA072 CAF140 CAN124 CCK166 CHE756 CHL152 CHN156 CIV384 CMR120 COD180 COG178 ' +
  'COK184 COL170 COM174 CPV132 CRI188 CUB192 CUW531 CXR162 CYM136 CYP196 CZE203 DEU276 DJI262 DMA212 DNK208 DOM214 ' +
  'DZA012 ECU218 EGY818 ERI232 ESH732 ESP724 EST233 ETH231 FIN246 FJI242 FLK238 FRA250 FRO234 FSM583 GAB266 GBR826 ' +
  'GEO268 GGY831 GHA288 GIB292 GIN324 GLP312 GMB270 GNB624 GNQ226 GRC300 GRD308 GRL304 GTM320 GUF254 GUM316 GUY328 ' +
  'HKG344 HMD334 HND340 HRV191 HTI332 HUN348 IDN360 IMN833 IND356 IOT086 IRL372 IRN364 IRQ368 ISL352 ISR376 ITA380 ' +
  'JAM388 JEY832 JOR400 JPN392 KAZ398 KEN404 KGZ417 KHM116 KIR296 KNA659 KOR410 KWT414 LAO418 LBN422 LBR430 LBY434 ' +
  'LCA662 LIE438 LKA144 LSO426 LTU440 LUX442 LVA428 MAC446 MAF663 MAR504 MCO492 MDA498 MDG450 MDV462 MEX484 MHL584 ' +
  'MKD807 MLI466 MLT470 MMR104 MNE499 MNG496 MNP580 MOZ508 MRT478 MSR500 MTQ474 MUS480 MWI454 MYS458 MYT175 NAM516 ' +
  'NCL540 NER562 NFK574 NGA566 NIC558 NIU570 NLD528 NOR578 NPL524 NRU520 NZL554 OMN512 PAK586 PAN591 PCN612 PER604 ' +
  'PHL608 PLW585 PNG598 POL616 PRI630 PRK408 PRT620 PRY600 PSE275 PYF258 QAT634 REU638 ROU642 RUS643 RWA646 SAU682 ' +
  'SDN729 SEN686 SGP702 SGS239 SHN654 SJM744 SLB090 SLE694 SLV222 SMR674 SOM706 SPM666 SRB688 SSD728 STP678 SUR740 ' +
  'SVK703 SVN705 SWE752 SWZ748 SXM534 SYC690 SYR760 TCA796 TCD148 TGO768 THA764 TJK762 TKL772 TKM795 TLS626 TON776 ' +
  'TTO780 TUN788 TUR792 TUV798 TWN158 TZA834 UGA800 UKR804 UMI581 URY858 USA840 UZB860 VAT336 VCT670 VEN862 VGB092 ' +
  'VIR850 VNM704 VUT548 WLF876 WSM882 YEM887 ZAF710 ZMB894 ZWE716'
).split(' ');

const NUMERIC_BY_ALPHA: ReadonlyMap<string, string> = new Map(
  COUNTRIES.map((word) => [word.slice(0, 3), word.slice(3)]),
);

/** ISO 3166-1 numeric code of an alpha-3 one, three digits; undefined for letters that are none. */
export function countryNumeric(alpha3: string): string | undefined {
  return NUMERIC_BY_ALPHA.get(alpha3);
}

/** What SW3, the third status byte of an answer, says (GA/T 467 as quoted by vendors). */
export const STATUS = {
  linkChecksum: 0x10,
  linkLength: 0x11,
  badCommand: 0x21,
  notPermitted: 0x23,
  unrecognised: 0x24,
  cardRefusesModule: 0x31,
  moduleRefusesCard: 0x32,
  informationCheck: 0x33,
  fingerprintCheck: 0x37,
  informationLength: 0x3f,
  unknownCard: 0x40,
  readFailed: 0x41,
  randomFailed: 0x47,
  selfTest: 0x60,
  notAuthorised: 0x66,
  notFound: 0x80,
  selectFailed: 0x81,
  done: 0x90,
  noSuchItem: 0x91,
  found: 0x9f,
} as const;
