"""What is prescribed: drugs with their ATC codes, ordinary doses, and how often patients of a specialty have them."""

from __future__ import annotations

from typing import NamedTuple

ATC = "http://www.whocc.no/atc"
DAY_HOURS: dict[str, tuple[int, ...]] = {
    # Ordinary hours of administration; 09:00 is the peak (39.7 % of scheduled doses in a study of bar-code records).
    "DAILY": (9,),
    "BID": (8, 20),
    "TID": (8, 14, 20),
    "AC": (7, 12, 17),
    "Q6H": (3, 9, 15, 21),
    "Q8H": (6, 14, 22),
    "Q12H": (9, 21),
    "QHS": (22,),
    "CONT": (6, 18),
    "ONCE": (),
    "PRN": (),
}
PRN_A_DAY = 0.13
"""Doses a day of a drug that is given when needed."""


class Drug(NamedTuple):
    """A drug with its ordinary order. ``route`` as HL7 table 0162, ``frequency`` a key of `DAY_HOURS`, ``share`` of
    patients who have it.
    """

    name: str
    code: str
    dose: str
    unit: str
    route: str
    frequency: str
    share: float


def _table(text: str) -> tuple[Drug, ...]:
    drugs = []
    for line in text.strip().splitlines():
        name, code, dose, unit, route, frequency, share = (part.strip() for part in line.split("|"))
        drugs.append(Drug(name, code, dose, unit, route, frequency, float(share)))
    return tuple(drugs)


ORDINARY = _table("""
    Sodium chloride 0.9 % flush|B05CB01|10|mL|IV|PRN|0.80
    Paracetamol|N02BE01|1000|mg|PO|Q6H|0.32
    Paracetamol|N02BE01|1000|mg|IV|PRN|0.70
    Ondansetron|A04AA01|4|mg|IV|PRN|0.90
    Alizapride|A03FA05|50|mg|IV|PRN|0.53
    Macrogol|A06AD15|1|sachet|PO|DAILY|0.55
    Macrogol|A06AD15|1|sachet|PO|PRN|0.44
    Bisacodyl|A06AB02|10|mg|PR|PRN|0.61
    Enoxaparin|B01AB05|40|mg|SC|DAILY|0.75
    Pantoprazole|A02BC02|40|mg|PO|DAILY|0.67
    Insulin aspart|A10AB05|4|[iU]|SC|AC|0.22
    Glucose 30 %|V06DC01|20|mL|IV|PRN|0.70
    Glucagon|H04AA01|1|mg|IM|PRN|0.61
    Glucose gel|V06DC01|15|g|PO|PRN|0.61
    Ringer's lactate|B05BB01|1000|mL|IV|CONT|0.30
    Potassium chloride|A12BA01|1200|mg|PO|PRN|0.79
    Potassium chloride|A12BA01|20|mmol|IV|PRN|0.35
    Magnesium sulfate|B05XA05|2|g|IV|PRN|0.49
    Oxycodone|N02AA05|5|mg|PO|PRN|0.73
    Tramadol|N02AX02|50|mg|PO|PRN|0.61
    Morphine|N02AA01|4|mg|IV|PRN|0.44
    Naloxone|V03AB15|0.4|mg|IV|PRN|0.53
    Melatonin|N05CH01|3|mg|PO|QHS|0.24
    Lorazepam|N05BA06|1|mg|PO|PRN|0.56
    Trazodone|N06AX05|50|mg|PO|QHS|0.17
    Haloperidol|N05AD01|1|mg|PO|PRN|0.25
    Salbutamol|R03AC02|2.5|mg|NEB|PRN|0.53
    Ipratropium bromide|R03BB01|0.5|mg|NEB|Q6H|0.12
    Atorvastatin|C10AA05|40|mg|PO|DAILY|0.51
    Acetylsalicylic acid|B01AC06|80|mg|PO|DAILY|0.49
    Bisoprolol|C07AB07|2.5|mg|PO|DAILY|0.51
    Perindopril|C09AA04|5|mg|PO|DAILY|0.37
    Amlodipine|C08CA01|5|mg|PO|DAILY|0.32
    Furosemide|C03CA01|40|mg|PO|BID|0.27
    Furosemide|C03CA01|20|mg|IV|PRN|0.25
    Spironolactone|C03DA01|25|mg|PO|DAILY|0.15
    Apixaban|B01AF02|5|mg|PO|BID|0.22
    Metformin|A10BA02|850|mg|PO|BID|0.22
    Insulin glargine|A10AE04|16|[iU]|SC|QHS|0.17
    Levothyroxine|H03AA01|75|ug|PO|DAILY|0.17
    Colecalciferol|A11CC05|800|[iU]|PO|DAILY|0.34
    Multivitamin|A11AA03|1|tablet|PO|DAILY|0.20
    Folic acid|B03BB01|4|mg|PO|DAILY|0.15
    Thiamine|A11DA01|300|mg|PO|DAILY|0.12
    Gabapentin|N03AX12|300|mg|PO|TID|0.15
    Sertraline|N06AB06|50|mg|PO|DAILY|0.20
    Quetiapine|N05AH04|25|mg|PO|QHS|0.13
    Tamsulosin|G04CA02|0.4|mg|PO|DAILY|0.16
    Allopurinol|M04AA01|100|mg|PO|DAILY|0.12
    Prednisolone|H02AB06|20|mg|PO|DAILY|0.12
    Amoxicillin and clavulanic acid|J01CR02|1|g|IV|Q6H|0.20
    Ceftriaxone|J01DD04|2|g|IV|DAILY|0.15
    Piperacillin and tazobactam|J01CR05|4|g|IV|Q6H|0.08
    Chlorhexidine mouthwash|A01AB03|15|mL|PO|BID|0.15
    Nystatin|A07AA02|5|mL|PO|TID|0.09
    Zinc oxide ointment|D02AB|1|application|TP|PRN|0.35""")
SPECIAL: dict[str, tuple[Drug, ...]] = {
    "intensive care": _table("""
        Propofol|N01AX10|120|mg/h|IV|CONT|0.55
        Sufentanil|N01AH03|10|ug/h|IV|CONT|0.55
        Noradrenaline|C01CA03|0.1|ug/kg/min|IV|CONT|0.50
        Insulin human|A10AB01|2|[iU]/h|IV|CONT|0.45
        Meropenem|J01DH02|1|g|IV|Q8H|0.35
        Pantoprazole|A02BC02|40|mg|IV|DAILY|0.60
        Rocuronium|M03AC09|50|mg|IV|PRN|0.15
        Amiodarone|C01BD01|50|mg/h|IV|CONT|0.15"""),
    "surgery": _table("""
        Cefazolin|J01DB04|2|g|IV|Q8H|0.50
        Ketorolac|M01AB15|10|mg|IV|Q8H|0.35
        Piritramide|N02AC03|10|mg|IM|PRN|0.50"""),
    "orthopaedics": _table("""
        Cefazolin|J01DB04|2|g|IV|Q8H|0.60
        Ibuprofen|M01AE01|400|mg|PO|TID|0.45
        Piritramide|N02AC03|10|mg|IM|PRN|0.55"""),
    "urology": _table("""
        Temocillin|J01CA17|2|g|IV|Q12H|0.30
        Butylhyoscine|A03BB01|20|mg|IV|PRN|0.50"""),
    "cardiology": _table("""
        Ticagrelor|B01AC24|90|mg|PO|BID|0.35
        Glyceryl trinitrate|C01DA02|0.4|mg|SL|PRN|0.50
        Furosemide|C03CA01|40|mg|IV|BID|0.30
        Amiodarone|C01BD01|200|mg|PO|DAILY|0.15"""),
    "oncology": _table("""
        Dexamethasone|H02AB02|8|mg|PO|DAILY|0.45
        Filgrastim|L03AA02|300|ug|SC|DAILY|0.25
        Fentanyl patch|N02AB03|25|ug/h|TD|DAILY|0.20
        Piperacillin and tazobactam|J01CR05|4|g|IV|Q6H|0.25"""),
    "neurology": _table("""
        Levetiracetam|N03AX14|500|mg|PO|BID|0.30
        Clopidogrel|B01AC04|75|mg|PO|DAILY|0.40
        Levodopa and carbidopa|N04BA02|125|mg|PO|TID|0.15"""),
    "pulmonology": _table("""
        Methylprednisolone|H02AB04|32|mg|PO|DAILY|0.45
        Tiotropium bromide|R03BB04|18|ug|IH|DAILY|0.50
        Azithromycin|J01FA10|500|mg|PO|DAILY|0.25"""),
    "psychiatry": _table("""
        Olanzapine|N05AH03|10|mg|PO|QHS|0.30
        Diazepam|N05BA01|10|mg|PO|TID|0.25
        Lithium carbonate|N05AN01|400|mg|PO|BID|0.12"""),
    "maternity": _table("""
        Oxytocin|H01BB02|5|[iU]|IV|ONCE|0.70
        Ibuprofen|M01AE01|400|mg|PO|TID|0.60
        Ferrous sulfate|B03AA07|256|mg|PO|DAILY|0.35"""),
    "paediatrics": _table("""
        Paracetamol syrup|N02BE01|15|mg/kg|PO|Q6H|0.60
        Ibuprofen syrup|M01AE01|10|mg/kg|PO|PRN|0.50
        Amoxicillin|J01CA04|25|mg/kg|PO|Q8H|0.30"""),
    "neonatal care": _table("""
        Caffeine citrate|N06BC01|10|mg/kg|PO|DAILY|0.40
        Gentamicin|J01GB03|4|mg/kg|IV|DAILY|0.30
        Phytomenadione|B02BA01|1|mg|IM|ONCE|0.90"""),
    "day hospital": _table("""
        Ondansetron|A04AA01|8|mg|IV|ONCE|0.40
        Paracetamol|N02BE01|1000|mg|IV|ONCE|0.50"""),
}
ATC_OF_ALLERGY = {
    "Penicillin": ("J01C",),
    "Codeine": ("R05DA04",),
    "Acetylsalicylic acid": ("B01AC06", "M01A"),
    "Sulfonamides": ("J01E",),
}
"""What is not given to somebody who does not tolerate a substance: beginnings of ATC codes."""
