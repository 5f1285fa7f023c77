"""Invented names of people, suppliers and hospitals. Nobody and nothing of that name is meant."""

from __future__ import annotations

import unicodedata

_GIVEN = """
Aadil Abeni Adaeze Agnieszka Aïcha Alba Aleksy Amara Amina Anouk Arjun Astrid Ayşe Baptiste Bilal Bintou Bram
Camille Carmen Chiara Chidi Clara Daan Dalia Dewi Diego Dorottya Elif Elin Elodie Emre Enzo Esra Eszter Fatima Femke
Fien Florin Freya Gabriela Goran Greet Hamza Hanne Hiroko Hugo Ibrahim Ilse Imane Ines Ioana Irena Isaac Ivana Jana
Jasper Jelle Jolien Jonas Joost Jun Kaat Karim Kasia Katrien Keiko Kenza Khadija Koen Lars Latifa Leila Lena Lien
Lieve Liam Linh Lotte Louise Luca Lucia Maarten Magda Maheshi Malik Manon Mariam Mateusz Matteo Mehmet Mei Milan
Mirela Mohamed Nadia Naïma Natalia Nele Ngozi Nicolas Nikos Nina Noor Nour Olena Oluwaseun Omar Paulien Pieter Priya
Rania Rashid Ravi Rik Rosa Ruben Ruth Saïd Samira Sander Sanne Selin Senne Simone Siobhan Sofie Soraya Stijn Sven
Tadeusz Tariq Thandiwe Thijs Thomas Tine Tomasz Viktor Vincent Wannes Wei Wout Xiomara Yasmin Youssef Yusuf Zahra
Zeynep Zofia
"""
_FAMILY = """
Abara Achterhoek Adeyemi Aerdenhout Alderweel Almasi Amrani Andriessen Baartmans Bakari Baranova Bekkering Benali
Berckmoes Bielska Boomgaert Bosschaert Brankovic Cassani Castelein Chaudry Claerhout Colpaert Costache Daalmans
Dahmani Dankert Decroos Delbaere Demirel Desmytter Dhondt Diallo Dragomir Drozd Dubrulle Eeckhaut Elbaz Erdem
Escriva Everaerts Farouki Feyaerts Fiorelli Fofana Galle Geeroms Ghanem Goethuys Gorska Grolaux Haddadi Haerinck
Hallaert Halvorsen Hendrikse Hoefnagel Horvat Huyghebaert Idrissi Ikonen Jablonski Jaspaert Kaczor Kalinin Kamara
Keppens Kerkhove Khalfaoui Kocaman Koirala Kowalik Laermans Lachaert Lanssens Lemahieu Lindqvist Loosveldt Lukasik
Maertens Mahieu Malfait Mansouri Marchetti Mbeki Meersschaut Melikyan Mertens Moerkerke Mukherjee Nakata Nandakumar
Naessens Nwosu Obradovic Odhiambo Okafor Oosterlinck Orhan Outrive Ozturk Paelinck Panagos Parmentier Pereira
Petrenko Plovie Popescu Pruvost Quintens Rahmani Ramdin Reynders Roelstraete Rombaut Saelens Sahin Saidi Santoro
Schoonjans Serroyen Sithole Skoric Smeyers Soumahoro Stevenaert Strubbe Sundaram Szabados Tahiri Tavernier Thienpont
Tiberghien Touré Trinh Uyttersprot Valckenier Vandermoere Vanhoorne Vercruysse Verhelst Vermaercke Vukovic Walgraeve
Wauters Wijffels Wollaert Yamada Yildirim Zaoui Zegers Zielinska Zwertvaegher
"""
GIVEN = tuple(_GIVEN.split())
FAMILY = tuple(_FAMILY.split())
HOSPITALS = (
    "Elders",
    "Maarwin",
    "Odalind",
    "Wivenne",
    "Torquil",
    "Roselind",
    "Aldemar",
    "Ysolde",
    "Berenward",
    "Liefwyn",
    "Godewijn",
    "Emmerhild",
)
"""Stems of the names of hospitals: ``Sint-Elders``."""

SUPPLIERS = (
    # Name as in its domain, what it supplies, its address on the internet (RFC 5737).
    ("ostervald", "infusion pumps", "198.51.100.20"),
    ("kardelin", "patient monitors", "198.51.100.28"),
    ("lumenhof", "CT, MR and the image archive", "198.51.100.36"),
    ("talvik", "X-ray and ultrasound", "198.51.100.44"),
    ("assayo", "analysers and the laboratory system", "198.51.100.52"),
    ("brennmar", "pumps and medication cabinets", "198.51.100.60"),
    ("nefra", "dialysis", "198.51.100.68"),
    ("thermarch", "building control", "198.51.100.76"),
    ("verakt", "the patient record", "198.51.100.84"),
)


def plain(name: str) -> str:
    """A name in the letters that account names use: lower case, no accents."""
    decomposed = unicodedata.normalize("NFKD", name.replace("ı", "i"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum()).lower()
