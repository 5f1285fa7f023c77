"""Diagnoses (ICD-10, WHO version, in its words) and allergies, by how often patients of a specialty have them."""

from __future__ import annotations

from typing import NamedTuple

ICD_10 = "http://hl7.org/fhir/sid/icd-10"


class Diagnosis(NamedTuple):
    """A coded diagnosis; ``system`` is a FHIR code system."""

    code: str
    text: str
    system: str = ICD_10


def _table(text: str) -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis(*line.strip().split(" ", 1)) for line in text.strip().splitlines())


PRINCIPAL: dict[str, tuple[Diagnosis, ...]] = {
    # The commonest first: they are drawn with falling weight.
    "internal medicine": _table("""
        J18.9 Pneumonia, unspecified
        N39.0 Urinary tract infection, site not specified
        A41.9 Sepsis, unspecified
        K92.2 Gastrointestinal haemorrhage, unspecified
        E11.6 Type 2 diabetes mellitus with other specified complications
        N17.9 Acute renal failure, unspecified
        K85.9 Acute pancreatitis, unspecified
        L03.1 Cellulitis of other parts of limb
        K74.6 Other and unspecified cirrhosis of liver
        E87.1 Hypo-osmolality and hyponatraemia
        A09.9 Gastroenteritis and colitis of unspecified origin"""),
    "surgery": _table("""
        K80.1 Calculus of gallbladder with other cholecystitis
        K40.9 Unilateral or unspecified inguinal hernia, without obstruction or gangrene
        K35.8 Other and unspecified acute appendicitis
        K56.6 Other and unspecified intestinal obstruction
        C18.9 Malignant neoplasm: Colon, unspecified
        K57.3 Diverticular disease of large intestine without perforation or abscess
        E66.9 Obesity, unspecified
        I70.2 Atherosclerosis of arteries of extremities
        E04.2 Nontoxic multinodular goitre"""),
    "geriatrics": _table("""
        S72.0 Fracture of neck of femur
        J18.9 Pneumonia, unspecified
        F05.9 Delirium, unspecified
        I50.0 Congestive heart failure
        N39.0 Urinary tract infection, site not specified
        R29.6 Tendency to fall, not elsewhere classified
        F03 Unspecified dementia
        E86 Volume depletion"""),
    "maternity": _table("""
        O80.0 Spontaneous vertex delivery
        O82.0 Delivery by elective caesarean section
        O82.1 Delivery by emergency caesarean section
        O81.4 Vacuum extractor delivery
        O14.1 Severe pre-eclampsia
        O60.0 Preterm labour without delivery"""),
    "paediatrics": _table("""
        J21.9 Acute bronchiolitis, unspecified
        A08.0 Rotaviral enteritis
        J45.9 Asthma, unspecified
        N10 Acute tubulo-interstitial nephritis
        R56.0 Febrile convulsions
        J35.0 Chronic tonsillitis
        K35.8 Other and unspecified acute appendicitis"""),
    "cardiology": _table("""
        I50.0 Congestive heart failure
        I21.4 Acute subendocardial myocardial infarction
        I48.9 Atrial fibrillation and atrial flutter, unspecified
        I20.0 Unstable angina
        I21.1 Acute transmural myocardial infarction of inferior wall
        I35.0 Aortic (valve) stenosis
        I44.2 Atrioventricular block, complete
        R55 Syncope and collapse"""),
    "orthopaedics": _table("""
        M17.1 Other primary gonarthrosis
        M16.1 Other primary coxarthrosis
        S72.0 Fracture of neck of femur
        S82.6 Fracture of lateral malleolus
        S52.5 Fracture of lower end of radius
        M51.1 Lumbar and other intervertebral disc disorders with radiculopathy
        M75.1 Rotator cuff syndrome"""),
    "oncology": _table("""
        C34.9 Malignant neoplasm: Bronchus or lung, unspecified
        C50.9 Malignant neoplasm: Breast, unspecified
        D70 Agranulocytosis
        C18.9 Malignant neoplasm: Colon, unspecified
        C90.0 Multiple myeloma
        C83.3 Diffuse large B-cell lymphoma
        C92.0 Acute myeloblastic leukaemia [AML]
        C25.9 Malignant neoplasm: Pancreas, unspecified"""),
    "neurology": _table("""
        I63.9 Cerebral infarction, unspecified
        G45.9 Transient cerebral ischaemic attack, unspecified
        G40.9 Epilepsy, unspecified
        I61.9 Intracerebral haemorrhage, unspecified
        G20 Parkinson disease
        G35 Multiple sclerosis
        G61.0 Guillain-Barré syndrome"""),
    "pulmonology": _table("""
        J44.1 Chronic obstructive pulmonary disease with acute exacerbation, unspecified
        J18.9 Pneumonia, unspecified
        J96.0 Acute respiratory failure
        I26.9 Pulmonary embolism without mention of acute cor pulmonale
        J90 Pleural effusion, not elsewhere classified
        J84.1 Other interstitial pulmonary diseases with fibrosis"""),
    "psychiatry": _table("""
        F32.2 Severe depressive episode without psychotic symptoms
        F10.2 Mental and behavioural disorders due to use of alcohol, dependence syndrome
        F20.0 Paranoid schizophrenia
        F31.9 Bipolar affective disorder, unspecified
        F43.2 Adjustment disorders"""),
    "rehabilitation": _table("""
        I69.3 Sequelae of cerebral infarction
        T93.1 Sequelae of fracture of femur
        Z50.1 Other physical therapy
        G82.2 Paraplegia, unspecified"""),
    "neonatal care": _table("""
        P07.3 Other preterm infants
        P22.0 Respiratory distress syndrome of newborn
        P59.9 Neonatal jaundice, unspecified
        P36.9 Bacterial sepsis of newborn, unspecified"""),
    "urology": _table("""
        N40 Hyperplasia of prostate
        N20.1 Calculus of ureter
        C67.9 Malignant neoplasm: Bladder, unspecified
        C61 Malignant neoplasm of prostate
        N13.3 Other and unspecified hydronephrosis"""),
    "intensive care": _table("""
        A41.9 Sepsis, unspecified
        J96.0 Acute respiratory failure
        I46.0 Cardiac arrest with successful resuscitation
        J80 Adult respiratory distress syndrome
        R57.0 Cardiogenic shock
        S06.5 Traumatic subdural haemorrhage"""),
    "emergency department": _table("""
        R07.4 Chest pain, unspecified
        R10.4 Other and unspecified abdominal pain
        S61.0 Open wound of finger(s) without damage to nail
        S93.4 Sprain and strain of ankle
        S09.9 Unspecified injury of head
        R51 Headache
        J06.9 Acute upper respiratory infection, unspecified
        N23 Unspecified renal colic
        R42 Dizziness and giddiness
        T78.4 Allergy, unspecified"""),
    "dialysis": _table("N18.5 Chronic kidney disease, stage 5"),
    "day hospital": _table("""
        Z51.1 Chemotherapy session for neoplasm
        H26.9 Cataract, unspecified
        Z12.1 Special screening examination for neoplasm of intestinal tract
        K40.9 Unilateral or unspecified inguinal hernia, without obstruction or gangrene
        M23.2 Derangement of meniscus due to old tear or injury
        D50.9 Iron deficiency anaemia, unspecified"""),
    "outpatient clinic": _table("""
        Z09.8 Follow-up examination after other treatment for other conditions
        I10 Essential (primary) hypertension
        E11.9 Type 2 diabetes mellitus without complications
        M54.5 Low back pain
        I25.1 Atherosclerotic heart disease
        J45.9 Asthma, unspecified
        C50.9 Malignant neoplasm: Breast, unspecified
        N40 Hyperplasia of prostate"""),
}
INJURIES = _table("""
    S27.3 Other injuries of lung
    S32.8 Fracture of other and unspecified parts of lumbar spine and pelvis
    S72.3 Fracture of shaft of femur
    S36.1 Injury of liver or gallbladder
    S06.0 Concussion
    T29.0 Burns of multiple regions, unspecified degree""")
"""Of a mass-casualty hour."""
CHRONIC: tuple[tuple[Diagnosis, float], ...] = (
    # The share of adult inpatients who have it.
    (Diagnosis("I10", "Essential (primary) hypertension"), 0.48),
    (Diagnosis("E78.5", "Hyperlipidaemia, unspecified"), 0.34),
    (Diagnosis("E11.9", "Type 2 diabetes mellitus without complications"), 0.25),
    (Diagnosis("I25.1", "Atherosclerotic heart disease"), 0.20),
    (Diagnosis("I48.2", "Chronic atrial fibrillation"), 0.16),
    (Diagnosis("N18.3", "Chronic kidney disease, stage 3"), 0.16),
    (Diagnosis("J44.9", "Chronic obstructive pulmonary disease, unspecified"), 0.13),
    (Diagnosis("K21.9", "Gastro-oesophageal reflux disease without oesophagitis"), 0.14),
    (Diagnosis("E03.9", "Hypothyroidism, unspecified"), 0.11),
    (Diagnosis("F32.9", "Depressive episode, unspecified"), 0.12),
    (Diagnosis("I50.9", "Heart failure, unspecified"), 0.10),
    (Diagnosis("F03", "Unspecified dementia"), 0.06),
    (Diagnosis("M81.9", "Osteoporosis, unspecified"), 0.07),
)


class Allergy(NamedTuple):
    """What somebody does not tolerate. ``kind`` and ``severity`` as HL7 tables 0127 and 0128 have them."""

    substance: str
    kind: str
    severity: str
    reaction: str


ALLERGIES: tuple[tuple[Allergy, float], ...] = (
    (Allergy("Penicillin", "DA", "MO", "Rash"), 0.09),
    (Allergy("Penicillin", "DA", "SV", "Anaphylaxis"), 0.01),
    (Allergy("Sulfonamides", "DA", "MO", "Rash"), 0.04),
    (Allergy("Iodinated contrast medium", "DA", "MO", "Urticaria"), 0.02),
    (Allergy("Codeine", "DA", "MI", "Nausea"), 0.03),
    (Allergy("Acetylsalicylic acid", "DA", "MO", "Bronchospasm"), 0.02),
    (Allergy("Latex", "MA", "MO", "Contact dermatitis"), 0.02),
    (Allergy("Peanut", "FA", "SV", "Anaphylaxis"), 0.01),
    (Allergy("Shellfish", "FA", "MO", "Angio-oedema"), 0.015),
    (Allergy("Adhesive plaster", "MA", "MI", "Skin irritation"), 0.03),
)
"""With the share of patients who have it."""
